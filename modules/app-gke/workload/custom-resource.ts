import type { ITerraformDependable, Precondition } from "cdktf";
import { Construct } from "constructs";
import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";

export interface CustomResourceProps {
  /** `gateway.networking.k8s.io/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** @default {} */
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec: Readonly<Record<string, unknown>>;
  /** A condition of its status to wait for. @default - none */
  readonly waitFor?: string;
  /** How long to wait for it: `20m`. @default 20m */
  readonly patience?: string;
  /** Terraform addresses: when one of these changes, the object is created again. @default [] - it is changed in place */
  readonly replacedWith?: readonly string[];
  /** @default [] */
  readonly preconditions?: readonly Precondition[];
  /** @default [] */
  readonly dependsOn?: readonly ITerraformDependable[];
}

/**
 * An object of a kind that GKE defines. The provider has no resource of its own for it and reads the kind's schema from
 * the cluster, even when it plans, so everything but the specification has to be known then. Specifications here state
 * the schema's defaults: anything that the server adds would be a difference in the next plan.
 *
 * Labels and annotations are computed fields for the provider, because GKE's controllers add their own to a Gateway.
 */
export class CustomResource extends Construct {
  readonly resource: Manifest;

  constructor(scope: Construct, id: string, props: CustomResourceProps) {
    super(scope, id);
    const { patience = "20m", preconditions, replacedWith = [] } = props;
    this.resource = new Manifest(this, "manifest", {
      manifest: {
        apiVersion: props.apiVersion,
        kind: props.kind,
        metadata: {
          name: props.name,
          namespace: props.namespace,
          labels: { ...props.labels },
          ...(props.annotations && { annotations: { ...props.annotations } }),
        },
        spec: props.spec,
      },
      ...(props.waitFor !== undefined && {
        wait: { condition: [{ type: props.waitFor, status: "True" }] },
        timeouts: { create: patience, update: patience, delete: patience },
      }),
      lifecycle:
        preconditions || replacedWith.length > 0
          ? {
              ...(preconditions && { precondition: [...preconditions] }),
              ...(replacedWith.length > 0 && { replaceTriggeredBy: [...replacedWith] }),
            }
          : undefined,
      dependsOn: [...(props.dependsOn ?? [])],
    });
  }
}
