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
   * `images` runs jobs and sets images of Deployments that are there, `releases` applies whole ones, with jobs before and a
   * check behind.
   */
  readonly type: "images" | "releases";
  /** Google service accounts, by e-mail: GKE knows them as users of that name. */
  readonly deployers: readonly string[];
}

const READ = ["get", "list", "watch"];

/**
 * What a pipeline may do in the namespace, and nowhere else in the cluster. Google's own roles for deployers are for
 * whole projects; this one cannot read a Secret or open a shell.
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
          resources: ["deployments"],
          verbs: [...READ, "patch", ...(releases ? ["create", "update"] : [])],
        },
        // To see how a rollout goes, and why one does not.
        {
          apiGroups: ["apps"],
          // Skaffold lists stateful sets after every deployment, and fails where it may not, also without any.
          resources: ["replicasets", ...(releases ? ["statefulsets"] : [])],
          verbs: READ,
        },
        { apiGroups: [""], resources: ["pods", "pods/log", "events"], verbs: READ },
        { apiGroups: ["batch"], resources: ["jobs"], verbs: [...READ, "create", ...(releases ? ["delete"] : [])] },
        // What has to be done before new images start is described in suspended ones.
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
