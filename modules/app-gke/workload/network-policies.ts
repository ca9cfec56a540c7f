import { Construct } from "constructs";
import type { ITerraformDependable } from "cdktf";
import {
  NetworkPolicyV1,
  type NetworkPolicyV1SpecEgress,
  type NetworkPolicyV1SpecIngress,
  type NetworkPolicyV1SpecIngressFrom,
} from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import type { Destination } from "../application-config";
import type { PrivatelyUsed } from "../google/privately-used";
import type { Installation } from "../installation";
import { mountsBuckets } from "./bucket-volumes";
import { callsKubernetes } from "../platform/pod-account";
import { serviceNamed } from "./cluster-names";
import { serviceName } from "./component-service";
import { commonLabels, INSTANCE_LABEL, selectorLabels } from "./labels";
import { idOf, named } from "../terraform/stack";
import { DEFAULT_DENY } from "./own-names";
import { AUTH_PROXY_HEALTH_PORT } from "./auth-proxy";
import {
  anyAddress,
  googleApis,
  internet,
  NAMESPACE_LABEL,
  nameService,
  pods,
  range,
  tcp,
  toDatabase,
} from "./policy-rules";
import { fromAnywhere, listening, opened, openPorts, type PolicySubject, serversOf, untrusted } from "./policy-subject";
import type { RedisServer } from "./redis-server";
import { ServerRules } from "./server-rules";
import { inMesh } from "./service-mesh";
import type { AdditionalEgress } from "./settings";

export interface NetworkPoliciesProps {
  readonly installation: Installation;
  readonly namespace: string;
  /** The same as plain text. */
  readonly plainNamespace: string;
  readonly groups: readonly PolicySubject[];
  /** The component that requests from outside reach first. */
  readonly entryPoint: string;
  /**
   * Ranges that these requests come from, which never match a pod.
   * @default - anywhere: the Service's own rules decide
   */
  readonly entryPointRanges?: readonly string[];
  /** Namespaces whose pods may send it requests as well. @default [] */
  readonly entryPointNamespaces?: readonly string[];
  /**
   * Whether its Service has an external address. Inside the cluster that address stands for the pods behind it, as a
   * Service's own does (https://github.com/cilium/cilium/issues/20792): whatever may reach the internet may reach them.
   */
  readonly entryPointOutside: boolean;
  /**
   * Denies everything by default, in both directions, for every pod of the namespace. Without it only untrusted
   * components are confined, and the entry point if `entryPointRanges` restricts where requests come from. Metrics are
   * open to collectors alone either way.
   */
  readonly segmentation: boolean;
  /** Whether Managed Service for Prometheus may read metrics of components and Auth Proxies. */
  readonly collectMetrics: boolean;
  /** Whether components' pods have a service mesh's proxy. @default false */
  readonly serviceMesh?: boolean;
  /** Whether others may have pods in the namespace. @default false */
  readonly sharedNamespace?: boolean;
  /** @default - there is none */
  readonly redis?: RedisServer;
  /** The Redis that its queue is moved away from. @default - it stays where it is */
  readonly earlierRedis?: RedisServer;
  /** Public addresses that are not the internet. */
  readonly privatelyUsed: PrivatelyUsed;
  /** CIDR of the SQL instance's private address. @default - there is none */
  readonly databaseCidr?: string;
  /** CIDR of the control plane's address, as pods reach it. */
  readonly controlPlaneCidr: string;
  /** Connections in addition to those that components say they need. @default [] */
  readonly additionalEgress?: readonly AdditionalEgress[];
}

/**
 * Where the collectors of Managed Service for Prometheus run: in Autopilot clusters, and in others.
 * @see https://cloud.google.com/stackdriver/docs/managed-prometheus/setup-managed#gmp-pod-namespaces
 */
const COLLECTOR_NAMESPACES = ["gke-gmp-system", "gmp-system"];

/**
 * NetworkPolicies derived from who talks to whom. The kubelet's probes and NFS mounts come from the node and need no
 * rule. On Autopilot's data plane an address range never matches a pod
 * (https://docs.cilium.io/en/stable/security/policy/language/#ip-cidr-based), so pods are always selected by their
 * labels.
 */
export class NetworkPolicies extends Construct {
  readonly policies: readonly ITerraformDependable[];
  private readonly props: NetworkPoliciesProps;
  private readonly servers: ServerRules;

  constructor(scope: Construct, id: string, given: NetworkPoliciesProps) {
    super(scope, id);
    const props = { ...given, groups: given.groups.map((group) => withNamedComponents(group, given)) };
    this.props = props;
    this.servers = new ServerRules(this, "servers", {
      namespace: props.plainNamespace,
      privatelyUsed: props.privatelyUsed,
    });
    const policies: NetworkPolicyV1[] = [];
    if (props.segmentation) {
      // All pods of the namespace, or only our own if others may have pods there.
      const own = { [INSTANCE_LABEL]: props.installation.resourcePrefix };
      policies.push(this.policy(this, DEFAULT_DENY, props.sharedNamespace ? own : {}, [], []));
    }
    for (const group of props.groups) {
      const selector = this.labelsOf(group);
      const egress = props.segmentation || untrusted(group) ? this.egress(group) : undefined;
      const guarded = group.tasks.some((task) => task.guarded === true);
      const confined = egress !== undefined || guarded || this.isClosedDoor(group);
      // A component with metrics gets a policy anyway: otherwise all its clients could read them.
      if (!confined && !(props.collectMetrics && group.tasks.some(({ metrics }) => metrics))) continue;
      const ingress = [
        ...(confined ? this.ingress(group) : fromAnywhere(group)),
        ...this.collectors(group),
        ...(group.additionalIngress ?? []),
      ];
      policies.push(this.policy(named(this, "groups"), group.name, selector, ingress, egress));
    }
    this.policies = policies;
  }

  private labelsOf({
    name,
    labels = selectorLabels(this.props.installation, name),
  }: PolicySubject): Record<string, string> {
    return { ...labels };
  }

  /** Whether it is the entry point, and not open to everybody. */
  private isClosedDoor(group: PolicySubject): boolean {
    const { entryPoint, entryPointRanges } = this.props;
    return entryPointRanges !== undefined && group.tasks.some(({ name }) => name === entryPoint);
  }

  /** @param egress @default - any connection */
  private policy(
    scope: Construct,
    name: string,
    matchLabels: Record<string, string>,
    ingress: NetworkPolicyV1SpecIngress[],
    egress?: NetworkPolicyV1SpecEgress[],
  ): NetworkPolicyV1 {
    const { installation, namespace } = this.props;
    return new NetworkPolicyV1(scope, idOf(name), {
      metadata: { name: serviceName(installation, name), namespace, labels: commonLabels(installation) },
      spec: { podSelector: { matchLabels }, policyTypes: ["Ingress", ...(egress ? ["Egress"] : [])], ingress, egress },
    });
  }

  private ingress(group: PolicySubject): NetworkPolicyV1SpecIngress[] {
    return group.tasks.flatMap((task): NetworkPolicyV1SpecIngress[] => {
      const outside: NetworkPolicyV1SpecIngress[] = [];
      if (task.name === this.props.entryPoint) {
        const { entryPointRanges, entryPointNamespaces = [] } = this.props;
        outside.push({
          // A range of all addresses would match neither pods nor nodes, which forward what reaches their ports.
          from: entryPointRanges && [
            ...entryPointRanges.map((cidr) => ({ ipBlock: { cidr } })),
            ...entryPointNamespaces.map((name) => ({
              namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
            })),
            ...this.fromInside(),
          ],
          ports: tcp(...openPorts(task)),
        });
      }
      // Ports that are open to the same pods share a rule.
      const rules = new Map<string, { callers: readonly PolicySubject[]; ports: number[] }>();
      for (const containerPort of (task.ports ?? []).flatMap(listening)) {
        const callers = this.props.groups.filter((other) => openPorts(task, other).includes(containerPort));
        const key = callers.map(({ name }) => name).join();
        const rule = rules.get(key) ?? { callers, ports: [] };
        rule.ports.push(containerPort);
        rules.set(key, rule);
      }
      const inside = [...rules.values()]
        .filter(({ callers }) => callers.length > 0)
        .map(({ callers, ports }) => ({
          from: callers.map((caller) => ({ podSelector: { matchLabels: this.labelsOf(caller) } })),
          ports: opened(task, ports),
        }));
      return [...outside, ...inside];
    });
  }

  /** Collectors may read metrics, and nobody else: they are not for components that talk to this one. */
  private collectors(group: PolicySubject): NetworkPolicyV1SpecIngress[] {
    const { collectMetrics, databaseCidr } = this.props;
    if (!collectMetrics) return [];
    const ports = [
      ...group.tasks.flatMap(({ metrics }) => (metrics ? [metrics.port] : [])),
      ...(databaseCidr !== undefined && group.tasks.some(({ needs }) => needs?.database) && !group.connection
        ? [AUTH_PROXY_HEALTH_PORT]
        : []),
    ];
    if (ports.length === 0) return [];
    const from = COLLECTOR_NAMESPACES.map((name) => ({
      namespaceSelector: { matchLabels: { [NAMESPACE_LABEL]: name } },
    }));
    return [{ from, ports: tcp(...ports) }];
  }

  /** Pods that reach the entry point by its external address. */
  private fromInside(): NetworkPolicyV1SpecIngressFrom[] {
    const { entryPointOutside, groups } = this.props;
    return groups
      .filter(({ tasks }) => entryPointOutside && tasks.some(({ talksTo = [] }) => talksTo.includes("internet")))
      .map((group) => ({ podSelector: { matchLabels: this.labelsOf(group) } }));
  }

  private egress(group: PolicySubject): NetworkPolicyV1SpecEgress[] {
    const destinations = new Set<string>(group.tasks.flatMap((task) => task.talksTo ?? []));
    if (group.tasks.some((task) => task.needs?.database)) destinations.add("database");
    if (
      group.tasks.some(({ needs = {} }) => needs.googleApis || (needs.googleRoles ?? []).length > 0) ||
      mountsBuckets(group.tasks)
    ) {
      destinations.add("google-apis");
    }
    if (
      group.tasks.some(
        ({ rights: own }) => own?.files ?? own?.objects ?? own?.login ?? own?.writesBackups ?? own?.readsBackups,
      )
    )
      destinations.add("google-apis");
    // The proxy has its control plane, its certificates and its identity from there.
    if (this.props.serviceMesh && inMesh(group.tasks)) destinations.add("google-apis");
    const kubernetes = group.callsKubernetes ?? group.tasks.some(({ rights }) => callsKubernetes(rights));
    const rules = distinct([
      ...[...destinations].sort().flatMap((destination) => this.to(destination, group)),
      ...serversOf(group)
        .filter(({ host }) => componentNamed(host, this.props) === undefined)
        .flatMap((server) => this.servers.to(server, destinations.has("internet"))),
      ...this.additional(group),
      ...(kubernetes ? [{ to: [{ ipBlock: { cidr: this.props.controlPlaneCidr } }], ports: tcp(443) }] : []),
    ]);
    // Untrusted code gets addresses instead of names, because a DNS server answers for the whole internet.
    return untrusted(group) ? rules : [...nameService(), ...rules];
  }

  private additional({ tasks }: PolicySubject): NetworkPolicyV1SpecEgress[] {
    const { additionalEgress = [] } = this.props;
    return additionalEgress
      .filter(({ components }) => tasks.some(({ name }) => components.includes(name)))
      .flatMap(({ to, ports, protocol = "TCP" }) => {
        const open = ports.map((port) => ({ port: String(port), protocol }));
        switch (to.type) {
          case "range":
            return [range(to.cidr, open)];
          case "pods":
            return [pods(to.namespace, to.labels, open)];
          case "component":
            return [];
        }
      });
  }

  private to(destination: string, from: PolicySubject): NetworkPolicyV1SpecEgress[] {
    const { databaseCidr, privatelyUsed, redis } = this.props;
    switch (destination as Destination) {
      case "database":
        return databaseCidr ? toDatabase(databaseCidr, from.connection ?? "proxied", privatelyUsed) : [];
      case "redis":
        return this.toRedis(redis, from);
      case "earlier-redis":
        return this.toRedis(this.props.earlierRedis, from);
      case "google-apis":
        return googleApis(privatelyUsed);
      case "internet":
        return [internet(privatelyUsed), ...this.toEntryPoint()];
      case "internal":
        return [anyAddress()];
    }
    return this.toPods(destination, from);
  }

  private toRedis(redis: RedisServer | undefined, from: PolicySubject): NetworkPolicyV1SpecEgress[] {
    if (!redis) return [];
    if (redis.pods !== undefined) return this.toPods(redis.pods, from);
    return redis.cidr === undefined && !serviceNamed(redis.host, this.props.plainNamespace)
      ? [range("0.0.0.0/0", tcp(redis.port))]
      : this.servers.to({ ...redis, host: redis.cidr ?? redis.host, namedBy: "redis_host" });
  }

  private toEntryPoint(): NetworkPolicyV1SpecEgress[] {
    const { entryPoint, entryPointOutside } = this.props;
    return entryPointOutside ? this.toPods(entryPoint) : [];
  }

  /** @param from the caller: the ports that are open to it. @default - ports that are open to all */
  private toPods(component: string, from?: PolicySubject): NetworkPolicyV1SpecEgress[] {
    return this.props.groups.flatMap((group) =>
      group.tasks
        .filter((task) => task.name === component)
        .map((task) => ({
          to: [{ podSelector: { matchLabels: this.labelsOf(group) } }],
          ports: opened(task, openPorts(task, from)),
        }))
        // A rule without ports would open all of them.
        .filter(({ ports }) => ports.length > 0),
    );
  }
}

/** @returns the component whose Service a host name stands for */
function componentNamed(
  host: string,
  { groups, installation, plainNamespace }: Pick<NetworkPoliciesProps, "groups" | "installation" | "plainNamespace">,
): string | undefined {
  const named = serviceNamed(host, plainNamespace);
  return named?.namespace === plainNamespace
    ? groups
        .flatMap(({ tasks }) => tasks)
        .find(({ name, ports = [] }) => ports.length > 0 && serviceName(installation, name) === named.service)?.name
    : undefined;
}

/** @returns a group whose tasks also talk to the components that `connectsTo` or `additionalEgress` names */
function withNamedComponents(group: PolicySubject, props: NetworkPoliciesProps): PolicySubject {
  if (untrusted(group)) return group;
  const { additionalEgress = [] } = props;
  const tasks = group.tasks.map((task) => {
    const named = [
      ...(task.connectsTo ?? []).map(({ host }) => componentNamed(host, props)),
      ...additionalEgress.map(({ components, to }) =>
        to.type === "component" && components.includes(task.name) ? to.name : undefined,
      ),
    ].filter((name) => name !== undefined);
    return { ...task, talksTo: [...(task.talksTo ?? []), ...named] };
  });
  return { ...group, tasks };
}

/** Removes duplicates: the database brings Google's APIs along, which a component may also use itself. */
function distinct(rules: readonly NetworkPolicyV1SpecEgress[]): NetworkPolicyV1SpecEgress[] {
  return [...new Map(rules.map((rule) => [JSON.stringify(rule), rule])).values()];
}
