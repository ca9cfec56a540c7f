import { writeFileSync } from "node:fs";
import { cloudbilling_v1 } from "googleapis/build/src/apis/cloudbilling/v1";
import { credentials, rootUrl } from "../google-apis/credentials";
import { PRICES_FILE, type PriceTable, readPrices } from "./prices";

/** A price in Google's catalogue, by the service's id and the beginning of its description. */
interface Sku {
  readonly price: string;
  readonly description: RegExp;
}

/** Ids of services, as `GET /v1/services` lists them: https://cloud.google.com/billing/docs/reference/rest/v1/services/list */
const SERVICES: Readonly<Record<string, readonly Sku[]>> = {
  // Kubernetes Engine
  "CCD8-9BF1-090E": [
    { price: "autopilot-cpu", description: /^Autopilot Pod mCPU Requests \(/ },
    { price: "autopilot-memory", description: /^Autopilot Pod Memory Requests \(/ },
    { price: "autopilot-storage", description: /^Autopilot Pod Ephemeral Storage Requests \(/ },
  ],
  // Cloud SQL
  "9662-B51E-5089": [
    { price: "sql-cpu", description: /^Cloud SQL for PostgreSQL: Zonal - vCPU in / },
    { price: "sql-memory", description: /^Cloud SQL for PostgreSQL: Zonal - RAM in / },
    { price: "sql-ssd", description: /^Cloud SQL for PostgreSQL: Zonal - Standard storage in / },
    { price: "sql-plus-cpu", description: /^Cloud SQL for PostgreSQL: Zonal - Enterprise Plus N vCPU in / },
    { price: "sql-plus-memory", description: /^Cloud SQL for PostgreSQL: Zonal - Enterprise Plus N RAM in / },
    { price: "sql-backup", description: /^Cloud SQL: Backups in / },
  ],
  // Compute Engine
  "6F81-5844-456A": [
    { price: "e2-cpu", description: /^E2 Instance Core running in / },
    { price: "e2-memory", description: /^E2 Instance Ram running in / },
    { price: "pd-balanced", description: /^Balanced PD Capacity/ },
    { price: "pd-ssd", description: /^SSD backed PD Capacity/ },
    { price: "pd-standard", description: /^Storage PD Capacity/ },
    { price: "snapshot", description: /^Storage PD Snapshot/ },
  ],
  // Cloud Storage
  "95FF-2EF5-5EA1": [{ price: "bucket", description: /^Standard Storage / }],
};

/**
 * Asks Google's catalogue for the prices that differ by region, and updates the table with them. Prices that the
 * catalogue does not have stay as they are.
 * @returns how many prices in how many regions there are now
 * @throws Google's error
 */
export async function refreshPrices(
  env: NodeJS.ProcessEnv,
  now: Date,
  file = PRICES_FILE,
): Promise<{ readonly prices: number; readonly regions: number }> {
  const billing = new cloudbilling_v1.Cloudbilling({ auth: await credentials(env), ...rootUrl(env, "CLOUD_BILLING") });
  const table = readPrices(file);
  const regions: Record<string, Record<string, number>> = {};
  for (const [region, known] of Object.entries(table.regions)) regions[region] = { ...known };
  let prices = 0;
  for (const [service, wanted] of Object.entries(SERVICES)) {
    for (const sku of await skusOf(billing, service)) {
      const found = wanted.find(({ description }) => description.test(sku.description ?? ""));
      const amount = found && sku.category?.usageType === "OnDemand" ? amountOf(sku) : undefined;
      if (!found || amount === undefined) continue;
      for (const region of sku.serviceRegions ?? []) {
        (regions[region] ??= {})[found.price] = amount;
        prices += 1;
      }
    }
  }
  const date = now.toISOString().slice(0, 10);
  const sorted = Object.fromEntries(Object.entries(regions).sort(([a], [b]) => a.localeCompare(b)));
  const next: PriceTable = { ...table, date, regions: sorted };
  writeFileSync(file, `${JSON.stringify(next, null, 2)}\n`);
  return { prices, regions: Object.keys(sorted).length };
}

async function skusOf(billing: cloudbilling_v1.Cloudbilling, service: string): Promise<cloudbilling_v1.Schema$Sku[]> {
  const skus: cloudbilling_v1.Schema$Sku[] = [];
  let pageToken: string | undefined;
  do {
    const { data } = await billing.services.skus.list({
      parent: `services/${service}`,
      currencyCode: "USD",
      pageToken,
    });
    skus.push(...(data.skus ?? []));
    pageToken = data.nextPageToken || undefined;
  } while (pageToken);
  return skus;
}

/**
 * @returns the price of one displayed unit in the last tier, because free tiers come first
 * @see https://cloud.google.com/billing/docs/reference/rest/v1/services.skus/list#PricingExpression
 */
function amountOf({ pricingInfo }: cloudbilling_v1.Schema$Sku): number | undefined {
  const expression = pricingInfo?.at(-1)?.pricingExpression;
  const price = expression?.tieredRates?.at(-1)?.unitPrice;
  if (!price) return undefined;
  const each = Number(price.units ?? 0) + (price.nanos ?? 0) / 1e9;
  // Billed in thousandths of a vCPU, and displayed per thousand.
  return Number((each * (expression.displayQuantity ?? 1)).toPrecision(12));
}
