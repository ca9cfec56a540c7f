import { z } from "zod";
import { placeFields } from "./place";
import {
  count,
  cpu,
  dnsLabel,
  environmentMap,
  kubernetesAnnotations,
  kubernetesLabels,
  labelValue,
  memory,
  qualifiedName,
  secretMap,
  wording,
} from "./limits";

/** https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/ */
export const toleration = z
  .strictObject({
    key: qualifiedName,
    operator: z.enum(["Equal", "Exists"]).default("Equal"),
    value: labelValue.optional(),
    effect: z.enum(["NoSchedule", "PreferNoSchedule", "NoExecute"]).optional().describe("Without it, every effect."),
  })
  .refine(({ operator, value }) => (operator === "Equal") === (value !== undefined))
  .register(wording, { says: "with the operator Equal a value, with Exists none" });

/** The settings of a component. */
const componentSettings = z.strictObject({
  cpu: cpu.optional(),
  memory: memory.optional(),
  ephemeral_storage: memory.optional().describe("Local disk of the container. Not set: what `scratch` needs."),
  scratch: z.record(dnsLabel, memory).optional().describe("Sizes of the component's own directories, by name."),
  replicas: count(1, 1000).optional().describe("A fixed number of pods, instead of the two bounds."),
  min_replicas: count(1, 1000).optional(),
  max_replicas: count(1, 1000).optional(),
  environment: environmentMap
    .default({})
    .describe("Overrides the component's other environment variables. No secrets."),
  secret_environment: secretMap.default({}).describe("Environment variable to id of an existing secret."),
  ...placeFields,
  node_selector: kubernetesLabels.optional().describe("Labels of the nodes that its pods may be on."),
  tolerations: z.array(toleration).optional(),
  annotations: kubernetesAnnotations.optional().describe("Annotations of its pods."),
});

/** By component: a rule checks the names, because they depend on the release. */
export const componentSettingsMap = z.record(z.string(), componentSettings);
