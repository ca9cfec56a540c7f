/** An instance with at least this much memory (MiB) takes this many connections. */
interface Step {
  readonly memoryMib: number;
  readonly connections: number;
}

/**
 * How many connections PostgreSQL on Cloud SQL takes unless its flag `max_connections` says otherwise: it depends on
 * the instance's memory. https://cloud.google.com/sql/docs/postgres/flags (max_connections)
 */
const STEPS: readonly Step[] = [
  { memoryMib: 0, connections: 25 },
  { memoryMib: 1.7 * 1024, connections: 50 },
  { memoryMib: 3.75 * 1024, connections: 100 },
  { memoryMib: 6 * 1024, connections: 200 },
  { memoryMib: 7.5 * 1024, connections: 400 },
  { memoryMib: 15 * 1024, connections: 500 },
  { memoryMib: 30 * 1024, connections: 600 },
  { memoryMib: 60 * 1024, connections: 800 },
  { memoryMib: 120 * 1024, connections: 1000 },
];

/** Machines with shared processors, in MiB. https://cloud.google.com/sql/docs/postgres/machine-series-overview */
const SHARED: Readonly<Record<string, number>> = { "db-f1-micro": 614, "db-g1-small": 1741 };
/**
 * Tiers that end in a number, with the MiB that each unit of it stands for: custom sizes, and those of the Enterprise
 * Plus edition.
 */
const NUMBERED: readonly { readonly tier: RegExp; readonly mebibytes: number }[] = [
  { tier: /^db-custom-[0-9]+-([0-9]+)$/, mebibytes: 1 },
  { tier: /^db-(?:perf-optimized-N|c4a-highmem)-([0-9]+)$/, mebibytes: 8 * 1024 },
];

/** The sizes that Google's own pages name, smallest first: suggested when a tier is too small. */
const TIERS = ["db-custom-1-3840", "db-custom-2-7680", "db-custom-4-15360", "db-custom-8-30720", "db-custom-16-61440"];

/** @returns how many connections an instance takes; `undefined` if the tier's name does not say its memory */
export function connectionsOf(tier: string): number | undefined {
  const numbered = NUMBERED.map((series) => Number(series.tier.exec(tier)?.[1]) * series.mebibytes);
  const memory = SHARED[tier] ?? numbered.find((found) => found > 0) ?? NaN;
  return STEPS.findLast(({ memoryMib }) => memory >= memoryMib)?.connections;
}

/** @returns how many connections an instance with these flags takes; undefined for a tier whose name does not say its memory */
export function connectionsWith(tier: string, flags: Readonly<Record<string, string>> = {}): number | undefined {
  const given = Number(flags["max_connections"]);
  return given > 0 ? given : connectionsOf(tier);
}

/** @returns the smallest common tier that takes this many connections; undefined if none does */
export function tierFor(connections: number): string | undefined {
  return TIERS.find((tier) => (connectionsOf(tier) ?? 0) >= connections);
}

/**
 * The same for an instance that is only known while Terraform plans.
 * @param instance address of the instance, or of its data source
 * @returns a Terraform expression: how many connections it takes, null if that is not known
 */
export function connectionsExpression(instance: string): string {
  const flag = `[for f in ${instance}.settings[0].database_flags : tonumber(f.value) if f.name == "max_connections"][0]`;
  const shared = Object.entries(SHARED).map(([tier, memory]) => `"${tier}" = ${memory}`);
  const tier = `${instance}.settings[0].tier`;
  const numbered = NUMBERED.map(
    (series) => `${series.mebibytes} * tonumber(regex("${series.tier.source}", ${tier})[0])`,
  );
  const memory = `try({ ${shared.join(", ")} }[${tier}], ${numbered.join(", ")})`;
  const steps = STEPS.map(({ memoryMib, connections }) => `[${memoryMib}, ${connections}]`).join(", ");
  return `try(${flag}, max([for s in [${steps}] : s[1] if s[0] <= ${memory}]...), null)`;
}
