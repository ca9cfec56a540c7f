import { Construct } from "constructs";
import { ComputeFirewall } from "@cdktf/provider-google/lib/compute-firewall";
import { limitName } from "../installation";

export interface FileServerFirewallProps {
  readonly projectId: string;
  /** Name of the file server; the rules are named after it. */
  readonly name: string;
  /** `projects/…/global/networks/…`. */
  readonly networkId: string;
  readonly targetTag: string;
  readonly healthCheckPort: number;
  /** Range of the cluster's nodes, which mount the share; pods do not. */
  readonly nodeCidr: string;
  /** Range of the cluster's pods, which connect to Redis. */
  readonly podCidr: string;
  /** Ports of Redis servers after the first. @default [] */
  readonly redisPorts?: readonly number[];
}

/** NFS version 4, which needs no other port: no port mapper (111) and no mountd. */
const NFS_PORT = 2049;
const REDIS_PORT = 6379;

/**
 * Where Google's health checks come from: https://cloud.google.com/load-balancing/docs/health-check-concepts#ip-ranges
 */
const HEALTH_CHECK_CIDRS = ["35.191.0.0/16", "130.211.0.0/22"];

/**
 * Who may reach the file server: the cluster and Google's health checks. A VPC lets nothing else in by default.
 *
 * The kubelet mounts a pod's NFS volume in its node's network, so NFS is open to nodes only: everybody who can connect
 * can write all files, including plugins' code. Redis is open to nodes too, because a masqueraded pod comes from
 * its node's address: https://cloud.google.com/kubernetes-engine/docs/concepts/ip-masquerade-agent.
 */
export class FileServerFirewall extends Construct {
  constructor(scope: Construct, id: string, props: FileServerFirewallProps) {
    super(scope, id);
    const rule = (ruleId: string, description: string, sourceRanges: readonly string[], ports: readonly number[]) =>
      new ComputeFirewall(this, ruleId, {
        project: props.projectId,
        network: props.networkId,
        name: limitName(`${props.name}-${ruleId}`, 63),
        description,
        direction: "INGRESS",
        sourceRanges: [...sourceRanges],
        targetTags: [props.targetTag],
        allow: [{ protocol: "tcp", ports: ports.map(String) }],
      });
    const nfs = rule("nfs", "NFS, from the cluster's nodes", [props.nodeCidr], [NFS_PORT]);
    const clients = rule(
      "clients",
      "Redis, from the cluster's nodes and pods",
      [props.nodeCidr, props.podCidr],
      [REDIS_PORT, ...(props.redisPorts ?? [])],
    );
    // This rule used to include NFS: the new rule is created first, so that no mount hangs in between.
    clients.node.addDependency(nfs);
    rule("health-checks", "Google's health checks", HEALTH_CHECK_CIDRS, [props.healthCheckPort]);
  }
}
