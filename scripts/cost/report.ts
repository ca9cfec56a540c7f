import { type Estimate, type Part, partsOf, total } from "./estimate";
import type { PriceTable } from "./prices";

type Row = readonly string[];

/** @returns the costs of one environment by part, or of several next to each other */
export function report(estimates: readonly Estimate[], table: PriceTable): string {
  const columns = estimates.map((estimate) => ({ estimate, parts: partsOf(estimate) }));
  const names = [...new Set(columns.flatMap(({ parts }) => parts.map(({ part }) => part)))];
  const money = (amount: number): string => amount.toFixed(2);
  const cells = (part: Part | undefined): Row => {
    if (!part) return ["-", "-"];
    if (part.unknown.length === 0) return [money(part.rest), money(part.most)];
    // If nothing is known, that does not mean free.
    return [part.rest, part.most].map((amount) => (amount === 0 ? "?" : `${money(amount)} + ?`));
  };
  const rows: Row[] = [
    ["", ...columns.flatMap(({ estimate }) => [`${estimate.environment} at rest`, "at most"])],
    ...names.map((name) => [name, ...columns.flatMap(({ parts }) => cells(parts.find(({ part }) => part === name)))]),
    [
      "sum of what is known",
      ...columns.flatMap(({ parts }) => {
        const { rest, most } = total(parts);
        return [money(rest), money(most)];
      }),
    ],
  ];
  return [
    `${table.currency} a month by list prices of ${table.date}, without discounts, free tiers and taxes`,
    "",
    ...aligned(rows),
    ...remarks(columns),
    "",
    `Nobody has measured it. ${table.note}`,
  ].join("\n");
}

/**
 * @returns what is in no sum: the unknown costs of each environment, and costs that depend on use, once for all of them
 */
function remarks(columns: readonly { readonly estimate: Estimate; readonly parts: readonly Part[] }[]): string[] {
  const unknown = columns.flatMap(({ estimate, parts }) => {
    const { environment, region } = estimate;
    const items = [
      ...parts.flatMap(({ part, unknown: missing }) => missing.map((why) => `  ${part}: ${why}`)),
      ...estimate.unknown.map((type) => `  ${type}`),
    ];
    return items.length > 0 ? ["", `Not known of ${environment} in ${region}, and in no sum:`, ...items] : [];
  });
  const byUse = columns.flatMap(({ estimate }) =>
    estimate.byUse.map(({ part, why, price }) => `  ${part}: ${why}: ${price ?? "price not known"}`),
  );
  return [...unknown, "", "By use, in addition:", ...new Set(byUse)];
}

function aligned(rows: readonly Row[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  return rows.map((row) =>
    row
      .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
