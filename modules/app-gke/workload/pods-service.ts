import { Construct } from "constructs";
import { ServiceV1 } from "@cdktf/provider-kubernetes/lib/service-v1";
import type { Component } from "../application-config";
import { servicePorts } from "./component-service";
import type { DeploymentValue } from "./kubernetes";

export interface PodsServiceProps {
  readonly component: Component;
  readonly value: DeploymentValue;
  readonly name: string;
  /** Whether proxies of a service mesh connect to it. @default false */
  readonly forMesh?: boolean;
}

/**
 * The Service without an address that gives each pod of a StatefulSet a name. Pods have their name before they are ready, because
 * those of a database have to find each other first.
 * @see https://kubernetes.io/docs/concepts/services-networking/service/#headless-services
 */
export class PodsService extends Construct {
  constructor(scope: Construct, id: string, { component, forMesh, value, name }: PodsServiceProps) {
    super(scope, id);
    new ServiceV1(this, "service", {
      metadata: { name, namespace: value.namespace, labels: { ...value.labels } },
      spec: {
        clusterIp: "None",
        selector: { ...value.selector },
        publishNotReadyAddresses: true,
        port: [...servicePorts(component, undefined, forMesh)],
      },
    });
  }
}
