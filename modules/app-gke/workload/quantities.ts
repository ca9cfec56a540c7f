const UNITS: Readonly<Record<string, number>> = {
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** @returns a Kubernetes quantity of CPU in cores. */
export function cores(quantity: string): number {
  return quantity.endsWith("m") ? Number.parseInt(quantity) / 1000 : Number(quantity);
}

/** @returns a Kubernetes quantity of memory in bytes. */
export function bytes(quantity: string): number {
  const [, number = "0", unit = ""] = /^([\d.]+)([A-Za-z]*)$/.exec(quantity) ?? [];
  return Number(number) * (UNITS[unit] ?? 1);
}

/** @returns an expression of the bytes of a quantity that only a plan knows; it fails for an unknown unit */
export function inBytes(quantity: string): string {
  const units = ["K", "M", "G", "T", "P"].flatMap((unit, index) => [
    `${unit}i = ${1024 ** (index + 1)}`,
    `${unit} = ${1000 ** (index + 1)}`,
  ]);
  return `tonumber(regex("^[0-9.]+", ${quantity})) * { none = 1, k = 1000, ${units.join(", ")} }[try(regex("[A-Za-z]+$", ${quantity}), "none")]`;
}
