import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { SecretManagerSecret } from "@cdktf/provider-google/lib/secret-manager-secret";
import type { ApplicationConfig, SecretDefinition } from "../application-config";
import type { Installation } from "../installation";
import { listSecrets } from "../google/secret-list";
import { secretReplication } from "../google/secret-replication";
import { type PlanCheck } from "../terraform/check-block";
import { ReleaseGuard, type ReleaseSettings } from "./release-guard";

export interface PlanChecksProps {
  readonly installation: Installation;
  readonly application: ApplicationConfig;
  /** Which release of the application it is, and which releases it may follow. @default - not checked */
  readonly release?: ReleaseSettings;
  /** Stages with data of their own. */
  readonly stages: readonly { readonly name: string }[];
  /** The jobs that migrate the database to the release. */
  readonly deployedAfter: readonly ITerraformDependable[];
  /** Further checks. */
  readonly others: readonly PlanCheck[];
  /** Secret Manager's API. */
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Refuses, at plan time, what would fail in the middle of an apply or destroy data. */
export function planChecks(scope: Construct, props: PlanChecksProps): void {
  const { application, installation, dependsOn } = props;
  const existing = new ExistingSecrets(scope, "existing-secrets", {
    installation,
    definitions: application.secrets ?? [],
    dependsOn,
  });
  const release =
    props.release &&
    new ReleaseGuard(scope, "release", {
      installation,
      settings: props.release,
      version: application.version,
      deployedAfter: props.deployedAfter,
      dependsOn,
    });
  const stages = props.stages.map(({ name }) => name);
  const kept = new KeptStages(scope, "kept-stages", { installation, stages, dependsOn });
  const checks = [...existing.checks, ...(release?.checks ?? []), ...kept.checks, ...props.others];
  new DataResource(scope, "plan-check", {
    lifecycle: {
      precondition: checks.map(({ condition, message }) => ({ condition: `\${${condition}}`, errorMessage: message })),
    },
  });
}

export interface StageMarkerProps {
  /** The environment that the stage belongs to. */
  readonly home: Installation;
  readonly stage: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/**
 * Remembers that a stage has data. Once the stage is out of the variable file, nothing else in the stack knows of it: what
 * protects its resources from deletion is gone with their configuration.
 */
export class StageMarker extends Construct {
  constructor(scope: Construct, id: string, { home, stage, dependsOn }: StageMarkerProps) {
    super(scope, id);
    const { replication, ignoreChanges } = secretReplication(home);
    new SecretManagerSecret(this, "marker", {
      project: home.projectId,
      secretId: `${markerPrefix(home)}${stage}`,
      replication,
      lifecycle: { ignoreChanges: [...ignoreChanges] },
      labels: { stage },
      dependsOn: [...dependsOn],
    });
  }
}

export interface KeptStagesProps {
  readonly installation: Installation;
  /** Stages with their own data that are in the variable file now. */
  readonly stages: readonly string[];
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Checks that every stage that has data is still in the variable file, if data is protected. */
class KeptStages extends Construct {
  readonly checks: readonly PlanCheck[];

  constructor(scope: Construct, id: string, { installation, stages, dependsOn }: KeptStagesProps) {
    super(scope, id);
    if (!installation.deletionProtection) {
      this.checks = [];
      return;
    }
    const prefix = markerPrefix(installation);
    const found = listSecrets(this, "marked", installation.projectId, [prefix], dependsOn);
    const marked = `[for s in ${found} : lookup(s.labels, "stage", "") if startswith(s.secret_id, "${prefix}")]`;
    const gone = `setsubtract(compact(${marked}), ${JSON.stringify(stages)})`;
    this.checks = [
      {
        condition: `length(${gone}) == 0`,
        message:
          `Stages that have their own data are no longer in the variable file: \${join(", ", ${gone})}. Their databases, buckets and secrets ` +
          `would be destroyed. Put them back into cloud_deploy_stages, with enable_cloud_deploy = true and ` +
          `enable_cicd_trigger = true. To give the data up, set deletion_protection = false, apply, and then take them out.`,
      },
    ];
  }
}

function markerPrefix({ resourcePrefix }: Installation): string {
  return `${resourcePrefix}-stage-`;
}

export interface ExistingSecretsProps {
  readonly installation: Installation;
  readonly definitions: readonly SecretDefinition[];
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Checks that every named Secret Manager secret exists: one request, and one message with all that are missing. */
class ExistingSecrets extends Construct {
  readonly checks: readonly PlanCheck[];

  constructor(scope: Construct, id: string, props: ExistingSecretsProps) {
    super(scope, id);
    const wanted = [
      ...new Set(props.definitions.flatMap(({ source }) => (source.type === "existing" ? [source.secretId] : []))),
    ];
    if (wanted.length === 0) {
      this.checks = [];
      return;
    }
    const found = listSecrets(this, "existing", props.installation.projectId, wanted, props.dependsOn);
    const missing = `setsubtract(${JSON.stringify(wanted)}, [for s in ${found} : s.secret_id])`;
    this.checks = [
      {
        condition: `length(${missing}) == 0`,
        message:
          `These secrets are not in Secret Manager: \${join(", ", ${missing})}. The pods would wait for them without end. ` +
          `Create them in project ${props.installation.projectId}, each with a version, or correct the names in ` +
          `secret_environment_variables.`,
      },
    ];
  }
}
