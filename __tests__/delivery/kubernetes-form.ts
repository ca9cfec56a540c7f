import type { StackJson } from "../terraform/synth";

/** Names of the provider's blocks that stand for one entry of a list, with the list's name in the Kubernetes API. */
const LISTS: Readonly<Record<string, string>> = {
  container: "containers",
  init_container: "initContainers",
  port: "ports",
  volume: "volumes",
  volume_mount: "volumeMounts",
  toleration: "tolerations",
  topology_spread_constraint: "topologySpreadConstraints",
  volume_claim_template: "volumeClaimTemplates",
};
/** Blocks of which the provider takes several and Kubernetes has one. */
const SINGLE = new Set(["tcp_socket", "pre_stop", "post_start", "label_selector"]);
/** Maps whose keys are the user's own. */
const FREE = new Set([
  ...["requests", "limits", "hard", "labels", "match_labels", "annotations", "node_selector"],
  ...["data", "data_wo", "binary_data"],
]);
/** Numbers that the provider has as texts. */
const NUMBERS = new Set(["run_as_user", "run_as_group", "fs_group"]);

/**
 * What a block of Terraform's Kubernetes provider says, in the form that the Kubernetes API has it; references to other
 * resources' names are replaced by the names. Written for the tests, so that a mistake of the project's own writers is
 * not repeated here.
 */
export function kubernetesForm(stack: StackJson, block: unknown, key = ""): unknown {
  if (typeof block === "string") {
    if (NUMBERS.has(key)) return Number(block);
    const name = nameOf(stack, block);
    return key === "port" && /^\d+$/.test(name) ? Number(name) : name;
  }
  if (Array.isArray(block)) {
    const list: unknown[] = block;
    return SINGLE.has(key) ? kubernetesForm(stack, list[0]) : list.map((entry) => kubernetesForm(stack, entry));
  }
  if (typeof block !== "object" || block === null) return block;
  return Object.fromEntries(
    Object.entries(block).map(([name, value]: [string, unknown]) => [
      FREE.has(key) || (key === "selector" && typeof value === "string")
        ? name
        : Array.isArray(value) && name in LISTS
          ? LISTS[name]
          : camelCase(name),
      // A user's own key says nothing of its value.
      kubernetesForm(stack, value, FREE.has(key) ? "" : name),
    ]),
  );
}

function camelCase(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** `${kubernetes_config_map_v1.x.metadata[0].name}` → the ConfigMap's name. */
function nameOf({ resource }: StackJson, text: string): string {
  const [, type = "", id = ""] = /^\$\{(\w+)\.(\w+)\.metadata\[0\]\.name\}$/.exec(text) ?? [];
  const metadata = resource[type]?.[id]?.metadata as { readonly name: string } | undefined;
  return metadata ? nameOf({ resource } as StackJson, metadata.name) : text;
}
