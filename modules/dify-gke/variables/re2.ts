import { RE2JS } from "re2js";

/** @returns whether a pattern is valid for RE2, which Google Cloud's services use */
export function isRe2(pattern: string): boolean {
  // The usual patterns need no parser.
  if (/^\^?[\w/-]+\$?$/.test(pattern)) return true;
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}
