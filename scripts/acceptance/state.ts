import { readFile } from "node:fs/promises";

/** Arguments of a resource in a state. */
export type Attributes = Readonly<Record<string, unknown>>;

/** @param state path of a state file @returns the resources of a type in the state; none without a file */
export async function attributesOf(state: string, type: string): Promise<readonly Attributes[]> {
  const text = await readFile(state, "utf8").catch(() => "{}");
  const { resources = [] } = JSON.parse(text) as {
    resources?: { mode: string; type: string; instances: { attributes: Attributes }[] }[];
  };
  return resources
    .filter((resource) => resource.mode === "managed" && resource.type === type)
    .flatMap(({ instances }) => instances.map(({ attributes }) => attributes));
}

/** @returns an argument as text; empty if it is missing */
export function text(attributes: Attributes, name: string): string {
  const value = attributes[name];
  return typeof value === "string" ? value : "";
}
