import { parseAllDocuments } from "yaml";
import { type Blocks, type Given, type StackJson, synth } from "../terraform/synth";

/** Variables of a pipeline that builds the repository's image. */
export const TRIGGER: Given = {
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "12345678",
};
export const PIPELINE: Given = { ...TRIGGER, enable_cloud_deploy: true };
export const STOCK: Given = { ...TRIGGER, container_image_source: "prebuilt" };

/** An object of a manifest, as far as the tests read it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly spec: {
    readonly replicas?: number;
    readonly strategy?: unknown;
    readonly selector?: unknown;
    readonly serviceName?: string;
    readonly podManagementPolicy?: string;
    readonly persistentVolumeClaimRetentionPolicy?: unknown;
    readonly volumeClaimTemplates?: readonly unknown[];
    readonly template: {
      readonly metadata: {
        readonly labels: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
      };
      readonly spec: { readonly containers: readonly Readonly<Record<string, unknown>>[] };
    };
  };
}

/** @returns the files that a stack uploads for Cloud Deploy, by name */
export function releaseFiles({ resource }: StackJson): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.values(resource.google_storage_bucket_object ?? {}).map((object) => [
      String(object.name).replace("manifests/", ""),
      // As Terraform reads it.
      String(object.content).replaceAll("$${", "${").replaceAll("%%{", "%{"),
    ]),
  );
}

/** @returns the objects in a file */
export function objectsIn(file: string | undefined): Manifest[] {
  if (file === undefined) throw new Error("There is no such file");
  return parseAllDocuments(file).map((document) => document.toJS() as Manifest);
}

const synthesized = new Map<string, StackJson>();

/** @returns the application stack */
export function application(given: Given): StackJson {
  const key = JSON.stringify(given);
  const stack = synthesized.get(key) ?? synth(given).application;
  synthesized.set(key, stack);
  return stack;
}

/** @returns blocks of a type; none where there is no such resource */
export function blocks({ resource }: StackJson, type: string): Blocks[string] {
  return resource[type] ?? {};
}
