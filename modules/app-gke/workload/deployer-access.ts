import { Construct } from "constructs";
import { RoleBindingV1 } from "@cdktf/provider-kubernetes/lib/role-binding-v1";
import { RoleV1 } from "@cdktf/provider-kubernetes/lib/role-v1";
import type { Installation } from "../installation";
import { serviceName } from "./component-service";

export interface DeployerAccessProps {
  readonly installation: Installation;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /**
   * `images` runs jobs and sets images in existing Deployments and StatefulSets; `releases` applies whole Deployments and
   * StatefulSets, with jobs before and a check afterwards.
   */
  readonly type: "images" | "releases";
  /** Whether StatefulSets run there. */
  readonly statefulSets: boolean;
  /** E-mail addresses of Google service accounts: GKE knows them as users by that name. */
  readonly deployers: readonly string[];
}

const READ = ["get", "list", "watch"];

/**
 * What a pipeline may do in the namespace; it may do nothing elsewhere in the cluster. Google's own roles for deployers
 * are for whole projects; this one cannot read Secrets or open a shell.
 */
export class DeployerAccess extends Construct {
  constructor(scope: Construct, id: string, props: DeployerAccessProps) {
    super(scope, id);
    const name = serviceName(props.installation, "deployer");
    const metadata = { name, namespace: props.namespace, labels: { ...props.labels } };
    const releases = props.type === "releases";
    const role = new RoleV1(this, "role", {
      metadata,
      rule: [
        {
          apiGroups: ["apps"],
          resources: ["deployments", ...(props.statefulSets ? ["statefulsets"] : [])],
          verbs: [...READ, "patch", ...(releases ? ["create", "update"] : [])],
        },
        // To follow a rollout, and to see why one fails.
        {
          apiGroups: ["apps"],
          // Skaffold lists stateful sets after every deployment and fails without permission, even if there are none.
          resources: ["replicasets", ...(releases && !props.statefulSets ? ["statefulsets"] : [])],
          verbs: READ,
        },
        { apiGroups: [""], resources: ["pods", "pods/log", "events"], verbs: READ },
        { apiGroups: ["batch"], resources: ["jobs"], verbs: [...READ, "create", ...(releases ? ["delete"] : [])] },
        // Suspended CronJobs describe what has to run before new images start.
        ...(releases ? [] : [{ apiGroups: ["batch"], resources: ["cronjobs"], verbs: ["get"] }]),
      ],
    });
    new RoleBindingV1(this, "binding", {
      metadata,
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: role.metadata.name },
      subject: props.deployers.map((email) => ({
        kind: "User",
        name: email,
        apiGroup: "rbac.authorization.k8s.io",
      })),
    });
  }
}
