/** @returns vCPU, GiB, and whether it is Enterprise Plus; `undefined` for tiers with a price of their own */
export function sqlMachine(tier: string): readonly [number, number, boolean] | undefined {
  const [, cpu, megabytes] = /^db-custom-(\d+)-(\d+)$/.exec(tier) ?? [];
  if (cpu && megabytes) return [Number(cpu), Number(megabytes) / 1024, false];
  const [, plus] = /^db-perf-optimized-N-(\d+)$/.exec(tier) ?? [];
  return plus ? [Number(plus), Number(plus) * 8, true] : undefined;
}
