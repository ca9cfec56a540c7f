import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1";
import type { Component } from "../application-config";
import type { Installation } from "../installation";
import { notEmpty } from "../terraform/expression";
import { ComponentService, serviceName } from "../workload/component-service";
import { commonLabels } from "../workload/labels";
import { secretName } from "../workload/names";
import { openName } from "../workload/own-names";
import { Backend } from "./backend";
import { CustomResource } from "../workload/custom-resource";
import type { Edge } from "./edge";
import { healthPath } from "./health-check";
import type { RouteTarget } from "./routes";
import type { ResolvedFrontDoor } from "./settings";
import type { SignIn } from "./sign-in";

/** The entry point of the environment itself or of a stage. */
export interface EntryPoint {
  readonly installation: Installation;
  readonly namespace: string;
  /** Whether the namespace is somebody else's. */
  readonly amongOthers: boolean;
  readonly service: ComponentService;
}

export interface GatewayBackendProps extends EntryPoint {
  /** The environment whose gateway it is. */
  readonly home: Installation;
  readonly frontDoor: ResolvedFrontDoor;
  readonly edge: Edge;
  readonly component: Component;
  /** Whether there are paths without sign-in. */
  readonly open: boolean;
  /** Where the gateway's routes are, if that is another namespace. @default - the same one */
  readonly routesFrom?: string;
}

/** Where the gateway's routes can lead. */
export interface GatewayBackend {
  readonly main: RouteTarget;
  /** The Service for paths without sign-in. @default - every path needs it */
  readonly open?: RouteTarget;
  /** What has to exist before a route leads here. */
  readonly ready: readonly ITerraformDependable[];
}

/**
 * Creates what the load balancer has to know about one entry point: firewall, sign-in and health check. A stage gets
 * these before requests go there, and keeps them: when the front door turns to another stage, only routes change, and a
 * Service never gets requests without them.
 */
export function gatewayBackend(scope: Construct, props: GatewayBackendProps): GatewayBackend {
  const { component, installation, edge, frontDoor, namespace, service } = props;
  const { signIn } = edge;
  const labels = commonLabels(installation);
  const secret =
    signIn && clientSecret(scope, signIn, secretName(props.home, props.amongOthers, "-iap"), namespace, labels);
  // A second Service for the same pods, because sign-in is a property of a Service.
  const open = props.open
    ? new ComponentService(scope, "open-service", {
        installation,
        namespace,
        component: { ...component, name: openName(component.name) },
        podComponent: component.inPodOf ?? component.name,
        exposure: { ...frontDoor, type: "ClusterIP", extraPorts: [] },
      })
    : undefined;
  const services = open ? [service, open] : [service];
  const backend = (id: string, { name, resource }: ComponentService, oauthSecret?: SecretV1): Backend =>
    new Backend(scope, id, {
      namespace,
      labels,
      service: name,
      healthPath: healthPath(component),
      log: edge.requestLog.ofBackends,
      securityPolicy: edge.firewall?.policyName,
      signIn: signIn && oauthSecret && { clientId: signIn.clientId, secretName: oauthSecret.metadata.name },
      dependsOn: [resource, ...(edge.firewall?.ready ?? []), ...(oauthSecret ? [oauthSecret] : [])],
    });
  const ready = [
    ...services.map(({ resource }) => resource),
    ...backend("main", service, secret).resources,
    ...(open ? backend("open", open).resources : []),
  ];
  if (props.routesFrom !== undefined) {
    // Routes may lead to Services in another namespace only if that namespace allows it.
    const grant = new CustomResource(scope, "grant", {
      apiVersion: "gateway.networking.k8s.io/v1beta1",
      kind: "ReferenceGrant",
      name: serviceName(props.home, "gateway"),
      namespace,
      labels,
      spec: {
        from: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute", namespace: props.routesFrom }],
        to: services.map(({ name }) => ({ group: "", kind: "Service", name })),
      },
    });
    ready.push(grant.resource);
  }
  const target = ({ name }: ComponentService): RouteTarget => ({
    service: name,
    port: frontDoor.servicePort,
    namespace: props.routesFrom === undefined ? undefined : namespace,
  });
  return { main: target(service), open: open && target(open), ready };
}

/** In the form that GKE requires: one key named `key`. Write-only; its version says when it has changed. */
function clientSecret(
  scope: Construct,
  { clientSecret }: SignIn,
  name: string,
  namespace: string,
  labels: Record<string, string>,
): SecretV1 {
  const secret = new SecretV1(scope, "client-secret", {
    metadata: { name, namespace, labels },
    type: "Opaque",
    dataWo: { key: clientSecret.value },
    lifecycle: {
      precondition: [
        notEmpty(
          clientSecret.value,
          "enable_iap is true and the OAuth client's secret is empty: nobody could enter. Pass " +
            "TF_VAR_iap_oauth_client_secret once, with secret_revisions = { iap_oauth_client_secret = 2 } (or the next " +
            "number) in the variable file where an earlier apply was without it.",
        ),
      ],
    },
  });
  // Number of the version in Secret Manager.
  secret.addOverride("data_wo_revision", clientSecret.version);
  return secret;
}
