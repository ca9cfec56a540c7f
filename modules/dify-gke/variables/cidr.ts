/** An IPv4 range, as the numbers of its first and last address. */
export interface Range {
  readonly first: number;
  readonly last: number;
  readonly prefix: number;
}

/** @returns the range of a CIDR block, or undefined where the text is none or has host bits set. */
export function parseCidr(text: string): Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  if (!match) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match.slice(1).map(Number);
  if ([a, b, c, d].some((octet) => octet > 255) || prefix > 32) return undefined;
  const first = ((a * 256 + b) * 256 + c) * 256 + d;
  const size = 2 ** (32 - prefix);
  // Google refuses 10.0.0.1/24 as well: the address must be the network's own.
  if (first % size !== 0) return undefined;
  return { first, last: first + size - 1, prefix };
}

/** @returns whether two ranges have an address in common. */
export function overlap(a: Range, b: Range): boolean {
  return a.first <= b.last && b.first <= a.last;
}
