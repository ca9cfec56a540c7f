import { isIPv4 } from "node:net";
import { Token } from "cdktf";
import { Construct } from "constructs";
import { DataKubernetesServiceV1 } from "@cdktf/provider-kubernetes/lib/data-kubernetes-service-v1";
import type { NetworkPolicyV1SpecEgress } from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import type { Server } from "../application-config";
import type { PrivatelyUsed } from "../google/privately-used";
import { CheckBlock } from "../terraform/check-block";
import { idOf } from "../terraform/stack";
import { serviceNamed } from "./cluster-names";
import { internet, NAMESPACE_LABEL, pods, range, tcp } from "./policy-rules";

export interface ServerRulesProps {
  /** Of the application, as plain text. */
  readonly namespace: string;
  /** Public addresses that are not the internet. */
  readonly privatelyUsed: PrivatelyUsed;
}

/** Labels that no pod has, for a Service that does not exist: a rule without labels would match every pod. */
const NOBODY = `tomap({ "app.kubernetes.io/name" = "there-is-no-such-service" })`;

/** Rules of network policies for servers that are not components. */
export class ServerRules extends Construct {
  private readonly services = new Map<string, string>();

  constructor(
    scope: Construct,
    id: string,
    private readonly props: ServerRulesProps,
  ) {
    super(scope, id);
  }

  /** @param public whether public addresses are open already, whatever the port */
  to({ host, port, namedBy }: Server, publicOpen = false): NetworkPolicyV1SpecEgress[] {
    const ports = port === undefined ? undefined : tcp(port);
    if (Token.isUnresolved(host) || isIPv4(host.split("/")[0] ?? "")) {
      const cidr = host.includes("/") ? host : `${host}/32`;
      // No server has a link-local address, and the metadata server must not be opened this way.
      return cidr.startsWith("169.254.") ? [] : [range(cidr, ports)];
    }
    const name = serviceNamed(host, this.props.namespace);
    if (!name) return ports && !publicOpen ? [internet(this.props.privatelyUsed, ports)] : [];
    const { service, namespace } = name;
    if (namespace === undefined) return [{ to: [{ namespaceSelector: {} }], ports }];
    if (service === undefined) return [pods(namespace, {}, ports)];
    const found = this.service(service, namespace, namedBy);
    const labels = Token.asStringMap(
      `\${try(length(${found}.spec[0].selector), 0) > 0 ? try(${found}.spec[0].selector, ${NOBODY}) : ${NOBODY}}`,
    );
    const podPorts = port === undefined ? undefined : [{ port: podPort(found, port), protocol: "TCP" }];
    return [
      {
        to: [
          {
            namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: namespace } },
            podSelector: { matchLabels: labels },
          },
        ],
        ports: podPorts,
      },
    ];
  }

  /** @returns an expression of a Service as a plan finds it; empty if there is none */
  private service(name: string, namespace: string, namedBy: string): string {
    const key = `${namespace}/${name}`;
    const known = this.services.get(key);
    if (known !== undefined) return known;
    const id = idOf(`${namespace}__${name}`);
    const found = new DataKubernetesServiceV1(this, id, { metadata: { name, namespace } });
    const expression = `data.${found.terraformResourceType}.${found.friendlyUniqueId}`;
    this.services.set(key, expression);
    new CheckBlock(this, `${id}-there`, {
      condition: `try(length(${expression}.spec[0].selector), 0) > 0`,
      message:
        `${namedBy} names Service ${name} in namespace ${namespace}, and there is none that leads to pods: with network ` +
        `segmentation nothing here reaches it. Correct the name, or create the Service and apply again; where it leads out ` +
        `of the cluster, name the address that it leads to.`,
    });
    return expression;
  }
}

/**
 * Policies need the ports of pods, but clients use those of the Service. Only a headless Service, which is a list of pods, is used
 * with the pods' ports: https://kubernetes.io/docs/concepts/services-networking/service/#headless-services.
 */
function podPort(service: string, port: number): string {
  const target = `try([for p in ${service}.spec[0].port : p.target_port if p.port == ${port}][0], "${port}")`;
  return `\${try(${service}.spec[0].cluster_ip, "") == "None" ? "${port}" : ${target}}`;
}
