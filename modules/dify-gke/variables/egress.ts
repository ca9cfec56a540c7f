import { z } from "zod";
import { addressOrCidr, dnsLabel, kubernetesLabels, port, text } from "./limits";

const workload = text(
  "a name of letters, digits, - and _, as in Kubernetes or in Dify's compose file",
  /^[a-z][a-z0-9_-]{0,62}$/,
);

/** An entry of `additional_egress`. */
export const egress = z.strictObject({
  components: z
    .array(workload)
    .min(1)
    .describe("Who may connect: components, additional services, jobs. Those that share a pod share it."),
  cidr: addressOrCidr
    .optional()
    .describe("Where to, outside of the cluster. A range matches no pod and no node, whatever addresses it holds."),
  namespace: dnsLabel.optional().describe("Where to, in the cluster: pods of this namespace."),
  pod_labels: kubernetesLabels.default({}).describe("Labels that these pods have. Empty: every pod of the namespace."),
  component: workload.optional().describe("Where to, among Dify's components and your additional services."),
  ports: z
    .array(port)
    .default([])
    .describe("Ports of the server or the pods, not those of a Service before them. Of a component, its own count."),
  protocol: z.enum(["TCP", "UDP"]).default("TCP"),
});
