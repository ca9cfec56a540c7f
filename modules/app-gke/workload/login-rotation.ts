import { Construct } from "constructs";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1";
import { RoleV1 } from "@cdktf/provider-kubernetes/lib/role-v1";
import type { ApplicationConfig, Component } from "../application-config";
import type { Installation } from "../installation";
import { jobsWithRights } from "../platform/job-rights";
import type { LoginSecret } from "../platform/login-secret";
import { serviceName } from "./component-service";
import { commonLabels, INSTANCE_LABEL } from "./labels";

/** Annotation of pods with the login that they were started for; only a rotation writes it. */
export const LOGIN_ANNOTATION = "checksum/database-login";

export interface LoginRotationProps {
  readonly installation: Installation;
  readonly namespace: string;
  readonly application: ApplicationConfig;
  readonly groups: readonly (readonly [Component, ...Component[]])[];
  /** Name of the Kubernetes Secret. */
  readonly secretName: string;
  /** `projects/<project>/secrets/<id>`. */
  readonly loginSecret: string;
  /** Service account of a job. */
  readonly accountOf: (job: string) => string;
}

/** What the jobs that change the database's login may do in the cluster: write it to the Secret, and restart the pods that use it. */
export class LoginRotation extends Construct {
  /** What the jobs have to know. */
  readonly environment: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: LoginRotationProps) {
    super(scope, id);
    const { accountOf, application, groups, installation, namespace } = props;
    const { database } = application;
    if (!database?.rotation || database.passwordSecret === undefined)
      throw new Error("The application's login does not change");
    const using = groups.filter((group) => group.some((task) => usesLogin(task, application)));
    const names = (stateful: boolean): string[] =>
      using
        .filter(([{ statefulSet }]) => (statefulSet !== undefined) === stateful)
        .map(([{ name }]) => serviceName(installation, name));
    const [deployments, statefulSets] = [names(false), names(true)];
    this.environment = {
      DB_OWNER: database.user,
      DB_SECOND: database.rotation.secondUser,
      DB_ROTATOR: database.rotation.rotator,
      LOGIN_SECRET: props.loginSecret,
      SECRET_NAME: props.secretName,
      USER_KEY: database.rotation.userKey,
      PASSWORD_KEY: database.passwordSecret,
      DEPLOYMENTS: [...deployments, ...statefulSets.map((name) => `statefulsets/${name}`)].join(" "),
      SELECTOR: `${INSTANCE_LABEL}=${installation.resourcePrefix}`,
      ...(installation.secretVersionDays !== undefined && { OLD_VERSIONS: "destroy" }),
    };
    for (const { name, rights } of jobsWithRights(application)) {
      if (rights.login !== "rotate") continue;
      const metadata = { name: serviceName(installation, name), namespace, labels: commonLabels(installation) };
      const role = new RoleV1(this, `${name}-role`, {
        metadata,
        rule: [
          { apiGroups: [""], resources: ["secrets"], resourceNames: [props.secretName], verbs: ["patch"] },
          { apiGroups: ["apps"], resources: ["deployments"], resourceNames: deployments, verbs: ["get", "patch"] },
          ...(statefulSets.length > 0
            ? [
                {
                  apiGroups: ["apps"],
                  resources: ["statefulsets"],
                  resourceNames: statefulSets,
                  verbs: ["get", "patch"],
                },
              ]
            : []),
          // To see whether the last pod with the old login is gone. A right to list cannot be restricted to names.
          { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
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

/** @returns where the login that counts is in the Kubernetes Secret */
export function loginKeys({ database }: Pick<ApplicationConfig, "database">, newest: LoginSecret | undefined) {
  if (!database?.rotation || database.passwordSecret === undefined || !newest) return undefined;
  return { userKey: database.rotation.userKey, passwordKey: database.passwordSecret, newest };
}

/** @returns whether a component has the login that changes */
export function usesLogin(
  { secrets = {} }: Pick<Component, "secrets">,
  { database }: Pick<ApplicationConfig, "database">,
): boolean {
  const { rotation, passwordSecret } = database ?? {};
  return rotation !== undefined && passwordSecret !== undefined && Object.values(secrets).includes(passwordSecret);
}
