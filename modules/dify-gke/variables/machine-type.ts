/**
 * Series whose machines are known, with the numbers of processors that they come in. A file server needs a small one,
 * so not every series is here. https://cloud.google.com/compute/docs/general-purpose-machines
 */
const SERIES: Readonly<Record<string, readonly number[]>> = {
  e2: [2, 4, 8, 16, 32],
  n1: [1, 2, 4, 8, 16, 32, 64, 96],
  n2: [2, 4, 8, 16, 32, 48, 64, 80, 96, 128],
  n2d: [2, 4, 8, 16, 32, 48, 64, 80, 96, 128, 224],
  t2d: [1, 2, 4, 8, 16, 32, 48, 60],
};
const SHARED_CORE = ["e2-micro", "e2-small", "e2-medium", "f1-micro", "g1-small"];
/** Letters, a number, perhaps letters: `c3d`. */
const ANY_SERIES = /^[a-z]\d{1,2}[a-z]{0,2}$/;

/** Whether a machine type can exist: in a known series only in its sizes, in any other in the usual form. */
export function isMachineType(type: string): boolean {
  if (SHARED_CORE.includes(type)) return true;
  // In the first series, without its name.
  if (type.startsWith("custom-")) return custom(type.split("-").slice(1));
  const [series = "", kind = "", size = "", ...more] = type.split("-");
  if (kind === "custom") return ANY_SERIES.test(series) && custom([size, ...more]);
  const sizes = Object.hasOwn(SERIES, series) ? SERIES[series] : undefined;
  if (sizes)
    return ["standard", "highmem", "highcpu"].includes(kind) && more.length === 0 && sizes.includes(whole(size));
  return (
    ANY_SERIES.test(series) &&
    /^[a-z]+$/.test(kind) &&
    whole(size) > 0 &&
    more.every((part) => /^[a-z0-9]+$/.test(part))
  );
}

/** Processors, MiB of memory in steps of 256, and `ext` for more memory. */
function custom([processors = "", memory = "", ...more]: readonly string[]): boolean {
  const count = ["micro", "small", "medium"].includes(processors) ? 1 : whole(processors);
  const extended = more.length === 0 || (more.length === 1 && more[0] === "ext");
  return extended && count > 0 && count <= 224 && whole(memory) >= 512 && whole(memory) % 256 === 0;
}

/**
 * Whether Cloud SQL has a machine: its own sizes, or one processor or an even number, with 0.9 to 6.5 GiB of memory for
 * each, at least 3.75 GiB, in steps of 256 MiB.
 * https://cloud.google.com/sql/docs/postgres/create-instance#machine-types
 */
export function isSqlTier(tier: string): boolean {
  const [, count, mebibytes] = /^db-custom-(\d{1,3})-(\d{1,7})$/.exec(tier) ?? [];
  if (count === undefined || mebibytes === undefined) return !tier.startsWith("db-custom");
  const [processors, memory] = [Number(count), Number(mebibytes)];
  const fits = memory >= processors * 0.9 * 1024 && memory <= processors * 6.5 * 1024;
  const made = processors === 1 || (processors % 2 === 0 && processors >= 2 && processors <= 96);
  return made && fits && memory >= 3840 && memory % 256 === 0;
}

function whole(text: string): number {
  return /^[1-9]\d{0,6}$/.test(text) ? Number(text) : 0;
}
