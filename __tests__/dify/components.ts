import { type Component, type Bindings, DIRECT } from "../../modules/app-gke/application-config";
import { difyOf } from "../../modules/dify-gke/dify";
import { variablesOf, type Given } from "../terraform/synth";

export const sharedFilesPath = "/mnt/share";

/** What only apply knows, made up: hosts are the components' names below `.test`. */
export const testBindings: Bindings = {
  projectId: "demo-project",
  region: "us-central1",
  publicUrl: "https://dify.test",
  publicUrls: ["https://dify.test"],
  entrance: DIRECT,
  host: (component) => `${component}.test`,
  address: (component) => `${component}.address.test`,
  database: { host: "127.0.0.1", port: 5432, name: "dify_db", user: "dify_user" },
  redis: { host: "redis.test", port: "6379" },
  privatelyUsed: { known: [], lines: () => "" },
  bucket: (suffix) => `bucket-${suffix}`,
  shareDirectory: "dify-test",
  sharedFilesPath,
};

/** @returns the components that variables come to, as plain data */
export function componentsOf(given: Given = {}): readonly Component[] {
  return difyOf(variablesOf(given)).components;
}

/** Environment variables of a component: those with a value, and with the name of the secret those that have one. */
export function variablesIn({ environment, secrets }: Component): Readonly<Record<string, string>> {
  return { ...environment?.(testBindings), ...secrets };
}

/** A component's files: mount path to content. */
export function filesIn({ files = [] }: Component): Readonly<Record<string, string>> {
  return Object.fromEntries(files.map(({ mountPath, content }) => [mountPath, content(testBindings)]));
}
