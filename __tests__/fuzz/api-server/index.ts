import { parseAllDocuments } from "yaml";
import { kubernetesForm } from "../../delivery/kubernetes-form";
import { releaseFiles } from "../../delivery/stages";
import { parts } from "../../misuse/templates";
import type { StackJson } from "../../terraform/synth";
import { type Fields, fieldsOf } from "./names";
import { type KubernetesObject, objectProblems } from "./objects";

/** What of a block is Terraform's own. */
const META = new Set(["dependsOn", "lifecycle", "timeouts", "provider", "waitForRollout", "waitForCompletion"]);

/** Of what has a schema here, the part that a block of the provider has in the same form. */
const POD_KINDS: Readonly<Record<string, string>> = { Deployment: "apps/v1", Job: "batch/v1" };

/** @returns what an API server would refuse about everything that a stack makes in a cluster, by Terraform or by a release */
export function clusterProblems(stack: StackJson): readonly string[] {
  return [...blocksOf(stack), ...manifestsOf(stack)].flatMap(objectProblems);
}

function blocksOf(stack: StackJson): readonly KubernetesObject[] {
  return Object.entries(stack.resource)
    .filter(([type]) => type.startsWith("kubernetes_"))
    .flatMap(([type, blocks]) =>
      Object.values(blocks).flatMap((block) => {
        const { manifest, metadata, ...rest } = texts(fieldsOf(kubernetesForm(stack, block))) as Fields;
        if (manifest !== undefined) return [ofManifest(fieldsOf(texts(block.manifest)))];
        const fields = Object.fromEntries(Object.entries(rest).filter(([name]) => !META.has(name)));
        const object = { kind: kindOf(type), metadata: fieldsOf(metadata), fields };
        return [object, ...podOf(object)];
      }),
    );
}

/** `kubernetes_config_map_v1` → ConfigMap */
function kindOf(type: string): string {
  return type
    .replace(/^kubernetes_/, "")
    .replace(/_v\d+$/, "")
    .replace(/(?:^|_)([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The pods of a workload once more, as what there is a schema for: in its numbers a block of the provider is different. */
function podOf({ kind, metadata, fields }: KubernetesObject): readonly KubernetesObject[] {
  const spec = kind === "CronJob" ? fieldsOf(fieldsOf(fieldsOf(fields.spec).jobTemplate).spec) : fieldsOf(fields.spec);
  const made = kind === "CronJob" ? "Job" : kind;
  const apiVersion = POD_KINDS[made];
  if (apiVersion === undefined) return [];
  const { selector, template } = spec;
  return [{ kind: made, apiVersion, metadata, fields: { spec: { ...(selector ? { selector } : {}), template } } }];
}

function ofManifest(document: Fields): KubernetesObject {
  const { kind, apiVersion, metadata, ...fields } = document;
  return { kind: String(kind), apiVersion: String(apiVersion), metadata: fieldsOf(metadata), fields };
}

function manifestsOf(stack: StackJson): readonly KubernetesObject[] {
  return Object.entries(releaseFiles(stack))
    .filter(([name]) => name.endsWith(".yaml") && name !== "skaffold.yaml" && name.includes("/"))
    .flatMap(([, file]) => parseAllDocuments(file).map((document) => ofManifest(document.toJS() as Fields)));
}

/** Every text as Terraform would read it, with a letter for what only apply knows. */
function texts(value: unknown): unknown {
  if (typeof value === "string") return textOf(value);
  if (Array.isArray(value)) return value.map(texts);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [textOf(key), texts(item)]));
}

function textOf(template: string): string {
  return template.includes("{")
    ? parts(template)
        .map((part) => ("text" in part ? part.text : "x"))
        .join("")
    : template;
}
