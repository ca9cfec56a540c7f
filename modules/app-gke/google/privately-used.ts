import { BlockList, isIPv4 } from "node:net";

/**
 * Ranges of public addresses that a network uses privately: GKE lets pods, nodes and Services have such addresses. They are not the
 * internet.
 */
export interface PrivatelyUsed {
  /** CIDR blocks. @see https://cloud.google.com/vpc/docs/subnets#valid-ranges */
  readonly known: readonly string[];
  /** Terraform expression, without `${}`, of a list of further ones that only a plan knows. @default - there are none */
  readonly later?: string;
}

/** Private ranges, and link-local addresses. */
export const PRIVATE_RANGES = [
  "10.0.0.0/8",
  "100.64.0.0/10",
  "169.254.0.0/16",
  "172.16.0.0/12",
  "192.168.0.0/16",
] as const;

/** The same as a regular expression, because Terraform cannot compare ranges. */
const PRIVATE =
  "^(10\\\\.|100\\\\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7])\\\\.|169\\\\.254\\\\.|172\\\\.(1[6-9]|2[0-9]|3[01])\\\\.|192\\\\.168\\\\.)";

/**
 * @param ranges of a network's subnetworks and cluster
 * @param later Terraform expression, without `${}`, of a list of more of them
 * @returns those of them that are not private
 */
export function privatelyUsed(ranges: readonly string[], later?: string): PrivatelyUsed {
  const known = [...new Set(ranges)].filter((range) => !isPrivate(range));
  return {
    known,
    ...(later !== undefined && {
      later: `[for r in distinct(compact(${later})) : r if length(regexall("${PRIVATE}", r)) == 0]`,
    }),
  };
}

/** The first address decides: no network has a range that is larger than a private one. */
function isPrivate(range: string): boolean {
  const [address = ""] = range.split("/");
  if (!isIPv4(address)) return false;
  const list = new BlockList();
  for (const one of PRIVATE_RANGES) {
    const [first = "", prefix = ""] = one.split("/");
    list.addSubnet(first, Number(prefix));
  }
  return list.check(address);
}

/** @returns a line for each range: `beginning` and the range. An expression, if only a plan knows some */
export function linesOf({ known, later }: PrivatelyUsed, beginning: string): string {
  const lines = known.map((range) => `${beginning}${range}\n`).join("");
  return later === undefined ? lines : `${lines}\${join("", [for r in ${later} : "${beginning}\${r}\\n"])}`;
}
