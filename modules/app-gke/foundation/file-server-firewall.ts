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
  /** Ranges that NFS and Redis are open to: nodes mount the shares, pods speak to Redis. */
  readonly clientCidrs: readonly string[];
}

/** NFS version 4, which needs no other port: no port mapper (111), no mountd. */
const NFS_PORT = 2049;
const REDIS_PORT = 6379;

/**
 * Where Google's health checks come from: https://cloud.google.com/load-balancing/docs/health-check-concepts#ip-ranges
 */
const HEALTH_CHECK_CIDRS = ["35.191.0.0/16", "130.211.0.0/22"];

/** Who may reach the file server: the cluster, and Google's health checks. A VPC lets in nothing else by itself. */
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
    rule("clients", "NFS and Redis, from the cluster's nodes and pods", props.clientCidrs, [NFS_PORT, REDIS_PORT]);
    rule("health-checks", "Google's health checks", HEALTH_CHECK_CIDRS, [props.healthCheckPort]);
  }
}
