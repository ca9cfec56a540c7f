import type { OperatorDefinition } from "./operator";

/** Namespace, release and chart. */
export const EXTERNAL_SECRETS = "external-secrets";

/** Autopilot gives pods what they request, and not more: https://cloud.google.com/kubernetes-engine/docs/concepts/autopilot-resource-requests. */
function resources(cpu: string, memory: string): object {
  return { requests: { cpu, memory }, limits: { memory } };
}

const TWO = { replicaCount: 2, podDisruptionBudget: { enabled: true, minAvailable: 1 } };

export const externalSecrets: OperatorDefinition = {
  title: "an External Secrets Operator",
  repository: "https://charts.external-secrets.io",
  podSecurity: "restricted",
  groups: ["external-secrets.io", "generators.external-secrets.io"],
  remedy: "Take external-secrets out of install_operators, and this environment uses the existing one.",
  charts: [
    {
      release: EXTERNAL_SECRETS,
      chart: EXTERNAL_SECRETS,
      // https://github.com/external-secrets/external-secrets/releases/tag/helm-chart-2.9.0
      version: "2.9.0",
      /**
       * Its webhook has two pods, because without it nobody can write a store or an ExternalSecret. Its port stays 10250, which the
       * control plane reaches in private clusters without a firewall rule (https://cloud.google.com/kubernetes-engine/docs/how-to/private-clusters#add_firewall_rules).
       * @see https://github.com/external-secrets/external-secrets/blob/helm-chart-2.9.0/deploy/charts/external-secrets/values.yaml
       */
      values: {
        installCRDs: true,
        ...TWO,
        leaderElect: true,
        resources: resources("100m", "256Mi"),
        webhook: { ...TWO, port: 10250, resources: resources("50m", "128Mi") },
        certController: { replicaCount: 1, resources: resources("50m", "128Mi") },
      },
    },
  ],
};
