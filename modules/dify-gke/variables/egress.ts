import { z } from "zod";
import {
  addressOrCidr,
  dnsLabel,
  hostOrAddress,
  hostOrRange,
  kubernetesLabels,
  optionalSecretId,
  port,
  text,
} from "./limits";

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
    .describe(
      "Ports of the server or the pods, not those of a Service in front of them. For a component, its own ports count.",
    ),
  protocol: z.enum(["TCP", "UDP"]).default("TCP"),
});

/** `outbound_proxy`. */
export const outboundProxy = z.strictObject({
  host: hostOrAddress.describe("Name or IPv4 address, without a scheme: squid speaks plain HTTP with it."),
  port: port.default(3128),
  user: text("up to 255 characters without : and line breaks", /^[^:\r\n]{1,255}$/, true)
    .default("")
    .describe("User name, where it asks for one."),
  password_secret: optionalSecretId.default("").describe("Secret Manager secret that holds the user's password."),
  no_proxy: z
    .array(hostOrRange)
    .max(200)
    .default([])
    .describe(
      "What is reached without it: host names, `.suffixes`, addresses, ranges. Cluster, private addresses and Google's APIs always are.",
    ),
});
