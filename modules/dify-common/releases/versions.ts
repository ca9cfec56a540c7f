/** A release's version in its parts. */
export interface Version {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  /** `fix.1` of `1.10.1-fix.1`. @default - none */
  readonly suffix?: { readonly kind: SuffixKind; readonly number: number };
}

/** Dify's own suffixes: for versions before a release, or fixes of it. */
type SuffixKind = "alpha" | "beta" | "rc" | "fix";

/** Numbers without leading zeros, as in image tags: no image has the tag `1.16.01`. */
const VERSION = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})(?:-(alpha|beta|rc|fix)\.?(0|[1-9]\d{0,2}))?$/;

/** @returns the parts of a release's version; undefined for anything that cannot be one */
export function parseVersion(text: string): Version | undefined {
  const match = VERSION.exec(text);
  if (!match) return undefined;
  const [, major, minor, patch, kind, number] = match;
  return {
    major: Number(major),
    minor: Number(minor),
    patch: Number(patch),
    ...(kind === undefined ? {} : { suffix: { kind: kind as SuffixKind, number: Number(number) } }),
  };
}

/** The version in an image tag: `0.6.3-local` → 0.6.3, `1.10.1-fix.1` as it is; undefined if it has none. */
export function versionInTag(tag: string): string | undefined {
  return [tag, tag.split("-", 1)[0] ?? ""].find((text) => parseVersion(text));
}

/** `1.16.1` → 1016001: releases as numbers that sort like them. A suffix (`-fix.1`, `-rc.1`) counts as its release. */
export function releaseNumber(version: string): number {
  const parts = parseVersion(version);
  if (!parts) throw new Error(`"${version}" is not a version of Dify`);
  return (parts.major * 1_000 + parts.minor) * 1_000 + parts.patch;
}

/** @returns less than 0 if `a` comes before `b`, 0 if they are the same, more than 0 otherwise */
export function compareVersions(a: string, b: string): number {
  return rank(a) - rank(b);
}

/** Every synth compares the same few versions thousands of times. */
const ranks = new Map<string, number>();

function rank(version: string): number {
  const known = ranks.get(version);
  if (known !== undefined) return known;
  const computed = releaseNumber(version) * 10_000 + suffixRank(version);
  ranks.set(version, computed);
  return computed;
}

/** `-rc.1` comes before its release, `-fix.1` after it. */
function suffixRank(version: string): number {
  const { suffix } = parseVersion(version) ?? {};
  if (!suffix) return 0;
  const base = { alpha: -3_000, beta: -2_000, rc: -1_000, fix: 0 }[suffix.kind];
  return base + suffix.number;
}
