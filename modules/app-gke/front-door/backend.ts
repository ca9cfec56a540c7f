import type { ITerraformDependable, Precondition } from "cdktf";
import { Construct } from "constructs";
import { CustomResource } from "../workload/custom-resource";
import { HEALTH_CHECK } from "./health-check";
import type { BackendLog } from "./request-log";

export interface BackendProps {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Name of the Service. */
  readonly service: string;
  /** Path that is answered with 200 as long as the entry point itself is well. */
  readonly healthPath: string;
  readonly log: BackendLog;
  /** Name of a Cloud Armor policy. @default - none */
  readonly securityPolicy?: string;
  /** @default - open to everyone */
  readonly signIn?: {
    /** Terraform expression. */
    readonly clientId: string;
    /** Name of the Kubernetes Secret with the client's secret. */
    readonly secretName: string;
  };
  readonly dependsOn: readonly ITerraformDependable[];
}

/** The longest answer of a language model: as long as the entry point itself waits for its upstream. */
export const LONGEST_ANSWER_SECONDS = 3600;

/** How the load balancer treats one Service: its health check and all settings of a backend service. */
export class Backend extends Construct {
  readonly resources: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: BackendProps) {
    super(scope, id);
    const { namespace, labels, service, signIn } = props;
    const { enabled, sampleRate = 1 } = props.log;
    const common = {
      namespace,
      labels,
      name: service,
      dependsOn: props.dependsOn,
    };
    const targetRef = { group: "", kind: "Service", name: service };
    const health = new CustomResource(this, "health", {
      ...common,
      apiVersion: "networking.gke.io/v1",
      kind: "HealthCheckPolicy",
      spec: {
        default: {
          checkIntervalSec: HEALTH_CHECK.interval,
          timeoutSec: HEALTH_CHECK.timeout,
          healthyThreshold: HEALTH_CHECK.healthyThreshold,
          unhealthyThreshold: HEALTH_CHECK.unhealthyThreshold,
          config: {
            type: "HTTP",
            httpHealthCheck: { portSpecification: "USE_SERVING_PORT", requestPath: props.healthPath },
          },
        },
        targetRef,
      },
    });
    const policy = new CustomResource(this, "policy", {
      ...common,
      apiVersion: "networking.gke.io/v1",
      kind: "GCPBackendPolicy",
      spec: {
        default: {
          // The default of 30 seconds would cut off every long answer.
          timeoutSec: LONGEST_ANSWER_SECONDS,
          // Streams of a pod that is being stopped may end on their own; 3600 is the maximum.
          connectionDraining: { drainingTimeoutSec: LONGEST_ANSWER_SECONDS },
          // All requests of a Socket.IO session belong to one pod; 0 means as long as the browser is open.
          sessionAffinity: { type: "GENERATED_COOKIE", cookieTtlSec: 0 },
          logging: { enabled, ...(enabled && { sampleRate: Math.round(sampleRate * 1_000_000) }) },
          ...(props.securityPolicy !== undefined && { securityPolicy: props.securityPolicy }),
          ...(signIn && {
            iap: { enabled: true, clientID: signIn.clientId, oauth2ClientSecret: { name: signIn.secretName } },
          }),
        },
        targetRef,
      },
      preconditions: signIn && clientIdGiven(signIn.clientId),
    });
    this.resources = [health.resource, policy.resource];
  }
}

function clientIdGiven(clientId: string): Precondition[] {
  return [
    {
      condition: `\${length(${clientId}) > 0}`,
      errorMessage:
        "enable_iap is true and the OAuth client's ID is empty: the load balancer would refuse its configuration, and " +
        "nobody could enter. Pass TF_VAR_iap_oauth_client_id at every apply.",
    },
  ];
}
