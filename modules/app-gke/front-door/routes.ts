import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { CustomResource } from "../workload/custom-resource";

/** A Service behind the gateway. */
export interface RouteTarget {
  readonly service: string;
  readonly port: number;
  /** @default - the routes' own */
  readonly namespace?: string;
}

export interface RoutesProps {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Name of the Gateway, and prefix of what belongs to it. */
  readonly gateway: string;
  readonly hosts: readonly string[];
  /** Where requests go. */
  readonly main: RouteTarget;
  /** Where requests to some paths go instead. @default - no path is special */
  readonly open?: RouteTarget & { readonly paths: readonly string[] };
  readonly dependsOn: readonly ITerraformDependable[];
}

const GATEWAY_API = "gateway.networking.k8s.io/v1";
/** Names of the Gateway's listeners. */
export const LISTENERS = { http: "http", https: "https" } as const;

/** Where a request goes: first to HTTPS, then by its path to a Service. */
export class Routes extends Construct {
  readonly resources: readonly ITerraformDependable[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: RoutesProps,
  ) {
    super(scope, id);
    const { namespace, labels, gateway, main, open } = props;
    const common = { namespace, labels, apiVersion: GATEWAY_API, kind: "HTTPRoute", dependsOn: props.dependsOn };
    const redirect = new CustomResource(this, "redirect", {
      ...common,
      name: `${gateway}-redirect`,
      spec: {
        parentRefs: this.parents(LISTENERS.http),
        rules: [
          {
            matches: below("/"),
            filters: [{ type: "RequestRedirect", requestRedirect: { scheme: "https", statusCode: 301 } }],
          },
        ],
      },
    });
    const routes = new CustomResource(this, "https", {
      ...common,
      name: gateway,
      spec: {
        parentRefs: this.parents(LISTENERS.https),
        hostnames: [...props.hosts],
        // The longest path wins, whatever the order.
        rules: [
          ...(open ? [{ matches: below(...open.paths), backendRefs: backend(open) }] : []),
          { matches: below("/"), backendRefs: backend(main) },
        ],
      },
    });
    this.resources = [redirect.resource, routes.resource];
  }

  private parents(sectionName: string) {
    return [{ group: "gateway.networking.k8s.io", kind: "Gateway", name: this.props.gateway, sectionName }];
  }
}

function below(...paths: readonly string[]) {
  return paths.map((value) => ({ path: { type: "PathPrefix", value } }));
}

function backend({ service, port, namespace }: RouteTarget) {
  return [
    { group: "", kind: "Service", name: service, port, weight: 1, ...(namespace !== undefined && { namespace }) },
  ];
}
