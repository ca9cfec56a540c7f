import { Address4, Address6, AddressError } from "ip-address";

/** A range of IP addresses, as in CIDR notation. */
export interface AddressRange {
  /** Of an address: IPv4 or IPv6. */
  readonly bits: 32 | 128;
  readonly first: bigint;
  readonly prefix: number;
}

/** @returns the range of an address or a CIDR block, whatever its host bits; `undefined` if the text is neither */
export function parseRange(text: string): AddressRange | undefined {
  try {
    if (!text.includes(":")) return rangeOf(new Address4(text), 32);
    const address = new Address6(text);
    // A zone names an interface of the machine that reads it, which is not the one that it was written on.
    return address.zone === "" ? rangeOf(address, 128) : undefined;
  } catch (error) {
    if (error instanceof AddressError) return undefined;
    throw error;
  }
}

function rangeOf(address: Address4 | Address6, bits: AddressRange["bits"]): AddressRange {
  return { bits, first: address.startAddress().bigInt(), prefix: address.subnetMask };
}

/**
 * @returns the range of an IPv4 CIDR block; `undefined` if the text is not one, or has host bits, which Google refuses
 */
export function parseNetwork(text: string): AddressRange | undefined {
  const range = text.includes("/") ? parseRange(text) : undefined;
  return range?.bits === 32 && new Address4(text).bigInt() === range.first ? range : undefined;
}

/** @returns whether two ranges overlap */
export function overlap(a: AddressRange, b: AddressRange): boolean {
  const shift = BigInt(a.bits - Math.min(a.prefix, b.prefix));
  return a.bits === b.bits && a.first >> shift === b.first >> shift;
}

/** @returns what is left of a range without the addresses of the others */
export function subtract(range: AddressRange, others: readonly AddressRange[]): readonly AddressRange[] {
  return others.reduce<readonly AddressRange[]>((left, other) => left.flatMap((part) => without(part, other)), [range]);
}

function without(range: AddressRange, other: AddressRange): readonly AddressRange[] {
  if (!overlap(range, other)) return [range];
  if (other.prefix <= range.prefix) return [];
  const prefix = range.prefix + 1;
  const half = 1n << BigInt(range.bits - prefix);
  return [range.first, range.first + half].flatMap((first) => without({ ...range, first, prefix }, other));
}

/** @returns the CIDR block of a range; for IPv6 with all eight groups, without leading zeros */
export function formatRange({ bits, first, prefix }: AddressRange): string {
  const address =
    bits === 32
      ? Address4.fromBigInt(first).correctForm()
      : Address6.fromBigInt(first)
          .canonicalForm()
          .replace(/\b0{1,3}(?=\w)/g, "");
  return `${address}/${prefix}`;
}
