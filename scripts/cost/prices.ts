import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Path of the table; `--refresh-prices` writes it. */
export const PRICES_FILE = join(__dirname, "prices.json");

/** A dated table of list prices. */
export interface PriceTable {
  /** When it was read: `2026-11-26`. */
  readonly date: string;
  readonly currency: string;
  readonly note: string;
  /** Everything that has a price, with its unit and Google's page. */
  readonly prices: Readonly<Record<string, { readonly unit: string; readonly source: string }>>;
  /** Prices that are the same in all regions. */
  readonly everywhere: Readonly<Record<string, number>>;
  /** Prices by region. */
  readonly regions: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export function readPrices(file = PRICES_FILE): PriceTable {
  return JSON.parse(readFileSync(file, "utf8")) as PriceTable;
}

/** @returns the price in a region; `undefined` if the table lacks it, which does not mean free */
export function priceOf(table: PriceTable, region: string, key: string): number | undefined {
  return table.regions[region]?.[key] ?? table.everywhere[key];
}
