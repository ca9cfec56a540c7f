import { randomUUID } from "node:crypto";
import type { Adoptable } from "./imports";

/** A resource in a state, as far as it is written here. */
interface StateResource {
  readonly mode: "managed" | "data";
  readonly type: string;
  readonly name: string;
  readonly provider: string;
  readonly instances: readonly {
    readonly schema_version: number;
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly create_before_destroy?: boolean;
  }[];
}

/** Terraform's state, version 4. */
export interface State {
  readonly version: number;
  readonly terraform_version: string;
  readonly serial: number;
  readonly lineage: string;
  readonly outputs: object;
  readonly resources: readonly StateResource[];
}

/** What Terraform cannot import, as it is written into the state. Its next plan reads everything else. */
export type Entry = Readonly<Record<string, unknown>>;

/** @param text what `terraform state pull` prints; empty where there is no state yet */
export function readState(text: string): State | undefined {
  return text.trim() === "" ? undefined : (JSON.parse(text) as State);
}

/** @returns the addresses of what a state has */
export function addressesIn(state: State | undefined): Set<string> {
  return new Set(
    (state?.resources ?? [])
      .filter(({ mode, instances }) => mode === "managed" && instances.length > 0)
      .map(({ type, name }) => `${type}.${name}`),
  );
}

/**
 * Versions of the types' schemas. A provider reads entries of an older version too, and refuses those of a newer one.
 * @see https://developer.hashicorp.com/terraform/plugin/sdkv2/resources/state-migration
 */
const SCHEMA_VERSION: Readonly<Record<string, number>> = { google_compute_instance_template: 1 };

/** @returns the state with these entries as well, one serial later */
export function withEntries(
  state: State | undefined,
  entries: readonly (readonly [Adoptable, Entry])[],
  terraformVersion: string,
): State {
  const base = state ?? { version: 4, lineage: randomUUID(), outputs: {}, serial: 0, resources: [] };
  return {
    ...base,
    terraform_version: state?.terraform_version ?? terraformVersion,
    serial: base.serial + 1,
    resources: [
      ...base.resources,
      ...entries.map(([{ type, name, block }, attributes]) => ({
        mode: "managed" as const,
        type,
        name,
        provider: `provider["registry.terraform.io/hashicorp/${type.split("_")[0]}"]`,
        instances: [
          {
            schema_version: SCHEMA_VERSION[type] ?? 0,
            attributes,
            ...(replacedFirst(block) ? { create_before_destroy: true } : {}),
          },
        ],
      })),
    ],
  };
}

function replacedFirst(block: Readonly<Record<string, unknown>>): boolean {
  const { lifecycle } = block as { lifecycle?: { create_before_destroy?: boolean } };
  return lifecycle?.create_before_destroy === true;
}
