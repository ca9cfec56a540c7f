import { type Given, type StackJson, synth, type Synthesized } from "../terraform/synth";

export type Stack = StackJson;
type Block = Readonly<Record<string, unknown>>;

/** @returns the stacks of one environment that protects nothing, as Terraform reads them */
export function synthesize(overrides: Given = {}): Synthesized {
  return synth({ deletion_protection: false, ...overrides });
}

/** A value somewhere in a block: `get(deployment, "spec.template.spec")`. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller says what it expects there
export function get<T = Block>(block: unknown, path: string): T {
  const value = path
    .split(".")
    .reduce<unknown>((current, key) => (current as Readonly<Record<string, unknown>> | undefined)?.[key], block);
  if (value === undefined) throw new Error(`There is no ${path} in ${JSON.stringify(block).slice(0, 300)}`);
  return value as T;
}

/** Every string in a value with the keys that lead to it. */
export function strings(value: unknown, path: readonly string[] = []): { path: readonly string[]; text: string }[] {
  if (typeof value === "string") return [{ path, text: value }];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, field]) => strings(field, [...path, key]));
}

/** Pod specs of every Deployment and Job, by the name of the component. */
export function podSpecs({ resource }: Stack): Readonly<Record<string, PodSpec>> {
  const workloads = ["kubernetes_deployment_v1", "kubernetes_job_v1"].flatMap((type) =>
    Object.values(resource[type] ?? {}),
  );
  return Object.fromEntries(
    workloads.map((workload) => [
      get<Record<string, string>>(workload, "metadata.labels")["app.kubernetes.io/component"] ?? "",
      get<PodSpec>(workload, "spec.template.spec"),
    ]),
  );
}

/** What the tests read of a pod. */
export interface PodSpec {
  readonly service_account_name: string;
  readonly automount_service_account_token: boolean;
  readonly termination_grace_period_seconds: number;
  readonly security_context: { readonly seccomp_profile: { readonly type: string }; readonly run_as_non_root: boolean };
  readonly toleration: readonly { readonly key: string; readonly value: string }[];
  readonly container: readonly Container[];
  readonly volume?: readonly Block[];
}

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string; readonly value_from?: Block }[];
  readonly env_from?: readonly { readonly config_map_ref: { readonly name: string } }[];
  readonly port?: readonly { readonly container_port: number }[];
  readonly resources: {
    readonly requests: Readonly<Record<string, string>>;
    readonly limits: Readonly<Record<string, string>>;
  };
  readonly security_context: {
    readonly run_as_user: string;
    readonly run_as_non_root: boolean;
    readonly allow_privilege_escalation: boolean;
    readonly capabilities: { readonly drop: readonly string[]; readonly add?: readonly string[] };
  };
}

/** A component's environment from its ConfigMap. */
export function environmentOf({ resource }: Stack, component: string): Readonly<Record<string, string>> {
  const map =
    resource.kubernetes_config_map_v1?.[`app_workload_configuration_${component.replaceAll("-", "_")}_environment`];
  if (!map) throw new Error(`${component} has no environment`);
  return get<Record<string, string>>(map, "data");
}

/** The one container of a component. */
export function containerOf(stack: Stack, component: string): Container {
  const container = Object.values(podSpecs(stack))
    .flatMap((pod) => pod.container)
    .find((candidate) => candidate.name === component);
  if (!container) throw new Error(`There is no container ${component}`);
  return container;
}
