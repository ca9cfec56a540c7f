import { DataGoogleProjectIamPolicy } from "@cdktf/provider-google/lib/data-google-project-iam-policy";
import { SecretManagerSecret } from "@cdktf/provider-google/lib/secret-manager-secret";
import { DataResource } from "cdktf";
import { Construct } from "constructs";
import type { EnableApis } from "../google/google-apis";
import { restScript } from "../google/rest-script";
import { secretReplication } from "../google/secret-replication";
import type { Installation } from "../installation";
import { CheckBlock } from "../terraform/check-block";
import { accessToken } from "../terraform/ephemeral";
import { quotaProject } from "../terraform/providers";

export interface AuditLogSettings {
  /**
   * E-mail address of the service account to act as at destroy.
   * @see https://cloud.google.com/iam/docs/service-account-impersonation
   * @default - the account that runs Terraform
   */
  readonly impersonateServiceAccount?: string;
}

export interface AuditLogsProps {
  readonly installation: Installation;
  /** @default - this installation does not ask for them */
  readonly auditLogs?: AuditLogSettings;
  readonly enabled: EnableApis;
}

/** Two of the services have an entry of their own: they stay logged if somebody takes `allServices` away. */
const SERVICES = ["allServices", "secretmanager.googleapis.com", "cloudkms.googleapis.com"] as const;

/** @see https://cloud.google.com/logging/docs/audit/configure-data-access#config-types */
const TYPES = ["ADMIN_READ", "DATA_READ", "DATA_WRITE"] as const;

/**
 * Logs who read and wrote what in the whole project, which has one audit configuration for everybody:
 * `google_project_iam_audit_config` would take over the whole entry of a service, with the members that others exempt, and
 * delete it at destroy, even if others want it. So a script adds what is missing, with the policy's etag, and notes it in a
 * secret that never has a value; the last deployment that is removed takes away what they added together.
 *
 * The part that removes is also written, with a count of zero, where the logs are off: Terraform runs a resource's destroy
 * provisioner only while the resource is in the configuration.
 */
export class AuditLogs extends Construct {
  constructor(scope: Construct, id: string, { installation, auditLogs, enabled }: AuditLogsProps) {
    super(scope, id);
    const { projectId: project } = installation;
    const secretId = `${installation.resourcePrefix}-audit-logs`;
    const settings = {
      project,
      note: secretId,
      services: SERVICES,
      types: TYPES,
      impersonate: auditLogs?.impersonateServiceAccount ?? "",
    };
    const script = { file: "audit_config.py", prefix: "AUDIT", quotaProject: quotaProject(this) } as const;
    const { replication, ignoreChanges } = secretReplication(installation);
    const note =
      auditLogs &&
      new SecretManagerSecret(this, "note", {
        project,
        secretId,
        replication,
        annotations: { "audit-logs": "wanted" },
        // The script writes what it added.
        lifecycle: { ignoreChanges: [...ignoreChanges, "annotations"] },
        dependsOn: enabled("secretmanager.googleapis.com", "cloudresourcemanager.googleapis.com"),
      });
    // Created before the configuration is written, so that what was written halfway is taken back as well.
    const claim = new DataResource(this, "claim", {
      count: auditLogs ? 1 : 0,
      input: auditLogs ? settings : {},
      triggersReplace: auditLogs && { project, note: secretId },
      provisioners: [restScript({ ...script, action: "remove", atDestroy: true })],
      dependsOn: note && [note],
    });
    if (!auditLogs) return;
    const written = new DataResource(this, "written", {
      input: settings,
      triggersReplace: { project, services: SERVICES, types: TYPES },
      provisioners: [restScript({ ...script, action: "put", token: accessToken(this, [claim]) })],
      dependsOn: [claim],
    });
    const policy = new DataGoogleProjectIamPolicy(this, "policy", { project, dependsOn: [written] });
    const there = `flatten([for c in try(jsondecode(data.${policy.terraformResourceType}.${policy.friendlyUniqueId}.policy_data).auditConfigs, []) : [for l in c.auditLogConfigs : "\${c.service}/\${l.logType}"]])`;
    const wanted = JSON.stringify(SERVICES.flatMap((service) => TYPES.map((type) => `${service}/${type}`)));
    const missing = `setsubtract(${wanted}, ${there})`;
    new CheckBlock(this, "complete", {
      condition: `length(${missing}) == 0`,
      message:
        `The audit logs \${join(", ", ${missing})} of project ${project} are off, although enable_audit_logging turned them ` +
        `on: somebody has turned them off since, and what happens is not logged. Find out who (docs/security.md#audit-logs); ` +
        `to turn them on again: terraform apply -replace=${written.terraformResourceType}.${written.friendlyUniqueId}`,
    });
  }
}
