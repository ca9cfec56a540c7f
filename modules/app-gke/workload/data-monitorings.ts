import { Construct } from "constructs";
import type { DataCluster } from "../data-cluster";
import type { Installation } from "../installation";
import { idOf } from "../terraform/stack";
import { CustomResource } from "./custom-resource";
import { dataClusterName, dataLabels } from "./data-names";
import { commonLabels } from "./labels";
import { endpoint, monitoringSpec } from "./pod-monitorings";

export interface DataMonitoringsProps {
  readonly installation: Installation;
  readonly namespace: string;
  readonly clusters: readonly DataCluster[];
}

/** Tells Managed Service for Prometheus which pods of KubeBlocks' databases have metrics. */
export class DataMonitorings extends Construct {
  constructor(scope: Construct, id: string, { clusters, installation, namespace }: DataMonitoringsProps) {
    super(scope, id);
    for (const definition of clusters)
      for (const { metrics, name: part } of definition.parts) {
        if (!metrics) continue;
        const cluster = dataClusterName(installation, definition);
        new CustomResource(this, idOf(part), {
          apiVersion: "monitoring.googleapis.com/v1",
          kind: "PodMonitoring",
          name: `${cluster}-${part}`,
          namespace,
          labels: commonLabels(installation),
          spec: monitoringSpec(dataLabels(cluster, part), [endpoint(metrics.portName, metrics.names)]),
        });
      }
  }
}
