import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import { SecretV1 } from "@cdktf/provider-kubernetes/lib/secret-v1";
import type { Component } from "../application-config";
import type { Deployment } from "../deployment";
import { resourcesOf } from "../terraform/dependencies";
import { notEmpty } from "../terraform/expression";
import { ComponentService, serviceName } from "../workload/component-service";
import { commonLabels } from "../workload/labels";
import { Backend } from "./backend";
import { CustomResource } from "./custom-resource";
import type { Edge } from "./edge";
import { healthPath } from "./health-check";
import { LISTENERS, Routes } from "./routes";
import type { FrontDoor, GatewaySettings } from "./settings";
import type { SignIn } from "./sign-in";

export interface GatewayProps {
  readonly deployment: Deployment;
  readonly namespace: string;
  /** Where the entry point is, if it is another namespace than the gateway's. @default - the gateway's own */
  readonly backend?: { readonly namespace: string; readonly deployment: Deployment };
  readonly frontDoor: FrontDoor;
  readonly settings: GatewaySettings;
  readonly edge: Edge;
  /** The entry point and its Service. */
  readonly component: Component;
  readonly service: ComponentService;
  /** What has to be there when the address is this front door's. */
  readonly handover: ITerraformDependable;
}

/**
 * The Kubernetes side of the gateway. The Gateway itself comes last and goes first: from its first request on it has its
 * firewall, its sign-in and its routes, and what it names in Google Cloud is deleted only once GKE has taken the load
 * balancer down, which the Gateway's finalizer waits for.
 */
export class Gateway extends Construct {
  private readonly labels: Record<string, string>;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: GatewayProps,
  ) {
    super(scope, id);
    const { deployment, namespace, edge, service, frontDoor, settings } = props;
    this.labels = commonLabels(deployment);
    const name = serviceName(deployment, "gateway");
    const port = frontDoor.servicePort;
    const open = settings.signIn && settings.signIn.exemptPaths.length > 0 ? this.openService() : undefined;

    const backends = [
      this.backend("main", service, settings.signIn && edge.signIn),
      ...(open ? [this.backend("open", open)] : []),
    ];
    const routes = new Routes(this, "routes", {
      namespace,
      labels: this.labels,
      gateway: name,
      hosts: edge.hosts,
      main: { service: service.name, port },
      open: open && { service: open.name, port, paths: settings.signIn?.exemptPaths ?? [] },
      backendNamespace: props.backend?.namespace,
      // A Service gets requests once it has its firewall and its sign-in: also one that takes another one's place.
      dependsOn: [
        service.resource,
        ...(open ? [open.resource] : []),
        ...backends.flatMap(({ resources }) => resources),
      ],
    });
    const policy = new CustomResource(this, "policy", {
      apiVersion: "networking.gke.io/v1",
      kind: "GCPGatewayPolicy",
      name,
      namespace,
      labels: this.labels,
      spec: {
        default: { sslPolicy: edge.sslPolicy.name },
        targetRef: { group: "gateway.networking.k8s.io", kind: "Gateway", name },
      },
    });
    new CustomResource(this, "gateway", {
      apiVersion: "gateway.networking.k8s.io/v1",
      kind: "Gateway",
      name,
      namespace,
      labels: this.labels,
      annotations: { "networking.gke.io/certmap": edge.certificates.mapName },
      spec: {
        gatewayClassName: "gke-l7-global-external-managed",
        addresses: [{ type: "NamedAddress", value: edge.address.name }],
        listeners: [
          { name: LISTENERS.http, protocol: "HTTP", port: 80, allowedRoutes },
          // Its certificates are the map's.
          { name: LISTENERS.https, protocol: "HTTPS", port: 443, allowedRoutes },
        ],
      },
      waitFor: "Programmed",
      dependsOn: [
        ...routes.resources,
        ...backends.flatMap(({ resources }) => resources),
        policy.resource,
        ...edge.certificates.ready,
        ...(edge.signIn?.ready ?? []),
        ...resourcesOf(edge.address),
        this.props.handover,
      ],
    });
  }

  private backend(id: string, service: ComponentService, signIn?: SignIn): Backend {
    const { edge, component } = this.props;
    const secret = signIn && this.clientSecret(signIn);
    const dependsOn: ITerraformDependable[] = [
      service.resource,
      ...(edge.firewall?.ready ?? []),
      ...(secret ? [secret] : []),
    ];
    return new Backend(this, id, {
      // What is attached to a Service stands beside it.
      namespace: this.backendNamespace,
      labels: this.labels,
      service: service.name,
      healthPath: healthPath(component),
      securityPolicy: edge.firewall?.policyName,
      signIn: signIn && secret && { clientId: signIn.clientId, secretName: secret.metadata.name },
      dependsOn,
    });
  }

  private get backendNamespace(): string {
    return this.props.backend?.namespace ?? this.props.namespace;
  }

  /** The same pods once more: sign-in is a matter of the Service. */
  private openService(): ComponentService {
    const { backend, component, deployment, frontDoor } = this.props;
    return new ComponentService(this, "open-service", {
      deployment: backend?.deployment ?? deployment,
      namespace: this.backendNamespace,
      component: { ...component, name: `${component.name}-open` },
      podComponent: component.inPodOf ?? component.name,
      exposure: { ...frontDoor, type: "ClusterIP", extraPorts: [] },
    });
  }

  /** Written as GKE wants it: one key, called `key`. Write-only; its version says when it has changed. */
  private clientSecret({ clientSecret }: SignIn): SecretV1 {
    const secret = new SecretV1(this, "client-secret", {
      metadata: {
        name: serviceName(this.props.deployment, "iap"),
        namespace: this.backendNamespace,
        labels: { ...this.labels },
      },
      type: "Opaque",
      dataWo: { key: clientSecret.value },
      lifecycle: {
        precondition: [
          notEmpty(
            clientSecret.value,
            "enable_iap = true without the OAuth client's secret: nobody could enter. Pass " +
              "TF_VAR_iap_oauth_client_secret once, with secret_revisions = { iap_oauth_client_secret = 2 } (or the next " +
              "number) in the variable file where an earlier apply was without it.",
          ),
        ],
      },
    });
    // The number of the version in Secret Manager.
    secret.addOverride("data_wo_revision", clientSecret.version);
    return secret;
  }
}

const allowedRoutes = {
  namespaces: { from: "Same" },
  kinds: [{ group: "gateway.networking.k8s.io", kind: "HTTPRoute" }],
};
