import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Where the table lies; `--refresh-prices` writes it. */
export const PRICES_FILE = join(__dirname, "prices.json");

/** A dated table of list prices. */
export interface PriceTable {
  /** When it was read: `2026-11-26`. */
  readonly date: string;
  readonly currency: string;
  readonly note: string;
  /** What has a price, with its unit and Google's page. */
  readonly prices: Readonly<Record<string, { readonly unit: string; readonly source: string }>>;
  /** Prices that every region shares. */
  readonly everywhere: Readonly<Record<string, number>>;
  /** Prices by region. */
  readonly regions: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

export function readPrices(file = PRICES_FILE): PriceTable {
  return JSON.parse(readFileSync(file, "utf8")) as PriceTable;
}

/** @returns the price in a region; `undefined` where the table does not know it, which is never the same as nothing */
export function priceOf(table: PriceTable, region: string, key: string): number | undefined {
  return table.regions[region]?.[key] ?? table.everywhere[key];
}
