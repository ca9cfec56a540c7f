import { Construct } from "constructs";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1";
import { RoleV1 } from "@cdktf/provider-kubernetes/lib/role-v1";
import type { ApplicationConfig, Component } from "../application-config";
import type { Installation } from "../installation";
import { jobsWithRights } from "../platform/job-rights";
import { serviceName } from "./component-service";
import { isOfOperator } from "./account-secrets";
import { commonLabels } from "./labels";
import { written } from "./secret-content";

/** Annotations that only these restarts write: on a Deployment or StatefulSet the values that its pods have, on pods why they started. */
export const SEEN_ANNOTATION = "checksum/secrets-seen";
export const VALUES_ANNOTATION = "checksum/secret-values";

export interface SecretRestartsProps {
  readonly installation: Installation;
  readonly namespace: string;
  readonly application: ApplicationConfig;
  readonly groups: readonly (readonly [Component, ...Component[]])[];
  /** Name of the Kubernetes Secret. */
  readonly secretName: string;
  /** Service account of a job. */
  readonly accountOf: (job: string) => string;
}

/** What the jobs that restart pods for new values may do in the cluster: read the Secret, and restart pods that use it. */
export class SecretRestarts extends Construct {
  /** What the jobs have to know. */
  readonly environment: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: SecretRestartsProps) {
    super(scope, id);
    const { accountOf, application, groups, installation, namespace, secretName } = props;
    const keys = keysByWorkload(installation, application, groups);
    const named = (resource: string): string[] =>
      Object.keys(keys).flatMap((name) => (name.startsWith(`${resource}/`) ? [name.slice(resource.length + 1)] : []));
    this.environment = {
      SECRET_NAME: secretName,
      SALT_KEY: written(application.secrets ?? [])[0]?.name ?? "",
      WORKLOADS: JSON.stringify(keys),
      SEEN_ANNOTATION,
      VALUES_ANNOTATION,
    };
    for (const { name, rights } of jobsWithRights(application)) {
      if (!rights.restarts) continue;
      const metadata = { name: serviceName(installation, name), namespace, labels: commonLabels(installation) };
      const role = new RoleV1(this, `${name}-role`, {
        metadata,
        rule: [
          { apiGroups: [""], resources: ["secrets"], resourceNames: [secretName], verbs: ["get"] },
          ...["deployments", "statefulsets"]
            .filter((resource) => named(resource).length > 0)
            .map((resource) => ({
              apiGroups: ["apps"],
              resources: [resource],
              resourceNames: named(resource),
              verbs: ["get", "patch"],
            })),
        ],
      });
      new RoleBindingV1(this, `${name}-binding`, {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
        subject: [{ kind: "ServiceAccount", name: accountOf(name), namespace }],
      });
    }
  }
}

/** @returns keys of the Secret by `deployments/<name>`, without a login that a job changes: that job restarts pods itself */
function keysByWorkload(
  installation: Installation,
  application: ApplicationConfig,
  groups: SecretRestartsProps["groups"],
): Readonly<Record<string, readonly string[]>> {
  const { database } = application;
  const rotates = new Set(database?.rotation ? [database.rotation.userKey, database.passwordSecret] : []);
  return Object.fromEntries(
    groups.flatMap((group) => {
      const used = new Set(group.flatMap(({ secrets }) => Object.values(secrets ?? {})));
      const keys = [...used].filter((key) => !rotates.has(key) && !isOfOperator(application, key)).sort();
      const [{ name, statefulSet }] = group;
      const resource = statefulSet ? "statefulsets" : "deployments";
      return keys.length > 0 ? [[`${resource}/${serviceName(installation, name)}`, keys]] : [];
    }),
  );
}
