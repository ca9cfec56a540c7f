const LONGEST_NAME = 255;
/** A host with its port: https://github.com/distribution/reference/blob/main/reference.go */
const DOMAIN = /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?::\d{1,5})?$/;
/** Words of a path: at most two `_`, one `.` or any number of `-` between letters and digits. */
const WORD = /^[a-z0-9]+$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * Whether a text names one image: by the grammar of container runtimes, with a tag or a digest, since an image without
 * either is whatever was pushed last.
 */
export function isImage(text: string): boolean {
  const [reference = "", digest, ...more] = text.split("@");
  if (more.length > 0 || (digest !== undefined && !DIGEST.test(digest))) return false;
  const colon = reference.indexOf(":", reference.lastIndexOf("/") + 1);
  const name = colon === -1 ? reference : reference.slice(0, colon);
  const tag = colon === -1 ? undefined : reference.slice(colon + 1);
  if (tag === undefined ? digest === undefined : !TAG.test(tag)) return false;
  const [first = "", ...rest] = name.split("/");
  const host = rest.length > 0 && (/[.:A-Z]/.test(first) || first === "localhost");
  const path = host ? rest : [first, ...rest];
  return name.length <= LONGEST_NAME && (!host || DOMAIN.test(first)) && path.every(isPart);
}

function isPart(part: string): boolean {
  // Split first: one pattern for all of it would try every way to split a long one.
  return part.split(/\.|__?|-+/).every((word) => WORD.test(word));
}
