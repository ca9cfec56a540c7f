import { FORMULAS, FREE } from "./formulas";
import { type PriceTable, priceOf } from "./prices";
import type { Resource } from "../stacks/resources";

/** A line of an estimate: costs per month, in the table's currency. */
export interface Item {
  readonly part: string;
  readonly why: string;
  /** @default - its price is not known */
  readonly rest?: number;
  /** @default - its price is not known */
  readonly most?: number;
}

/** Something whose costs depend on use. */
export interface Priced {
  readonly part: string;
  readonly why: string;
  /** `0.045 USD per GiB`. @default - its price is not known */
  readonly price?: string;
}

export interface Estimate {
  readonly environment: string;
  readonly region: string;
  readonly items: readonly Item[];
  readonly byUse: readonly Priced[];
  /** Types of resources that no formula knows. */
  readonly unknown: readonly string[];
}

/**
 * @param stacks the resources of each of the environment's stacks
 * @returns their list price per month; unknown prices are in no sum, and are reported
 */
export function estimate(
  environment: { readonly name: string; readonly region: string },
  stacks: readonly (readonly Resource[])[],
  table: PriceTable,
): Estimate {
  const { region } = environment;
  const costs = stacks.flatMap((stack) =>
    stack.map((resource) => (Object.hasOwn(FORMULAS, resource.type) ? FORMULAS[resource.type]?.(resource, stack) : {})),
  );
  const items = costs
    .flatMap((cost) => cost?.usage ?? [])
    .map(({ part, price, rest, most = rest, why }) => {
      const each = priceOf(table, region, price);
      return each === undefined ? { part, why } : { part, why, rest: rest * each, most: most * each };
    });
  const byUse = costs
    .flatMap((cost) => cost?.byUse ?? [])
    .map(({ part, price, why }) => {
      const each = priceOf(table, region, price);
      const unit = table.prices[price]?.unit ?? "";
      return each === undefined ? { part, why } : { part, why, price: `${each} ${table.currency} per ${unit}` };
    });
  const types = new Set(stacks.flat().map(({ type }) => type));
  return {
    environment: environment.name,
    region,
    items,
    byUse: [...new Map(byUse.map((line) => [`${line.part} ${line.why}`, line])).values()],
    unknown: [...types].filter((type) => !Object.hasOwn(FORMULAS, type) && !Object.hasOwn(FREE, type)).sort(),
  };
}

/** A part of an environment, with the sum of its items. */
export interface Part {
  readonly part: string;
  readonly rest: number;
  readonly most: number;
  /** Items whose price is unknown. */
  readonly unknown: readonly string[];
}

/** @returns the parts, the most expensive without users first */
export function partsOf({ items }: Estimate): Part[] {
  const names = [...new Set(items.map(({ part }) => part))];
  return names
    .map((part) => {
      const own = items.filter((item) => item.part === part);
      return {
        part,
        rest: own.reduce((sum, { rest = 0 }) => sum + rest, 0),
        most: own.reduce((sum, { most = 0 }) => sum + most, 0),
        unknown: own.filter(({ rest }) => rest === undefined).map(({ why }) => why),
      };
    })
    .sort((a, b) => b.rest - a.rest || a.part.localeCompare(b.part));
}

/** @returns the sum of the known prices */
export function total(parts: readonly Part[]): { readonly rest: number; readonly most: number } {
  return {
    rest: parts.reduce((sum, { rest }) => sum + rest, 0),
    most: parts.reduce((sum, { most }) => sum + most, 0),
  };
}
