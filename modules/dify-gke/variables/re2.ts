import { RE2JS } from "re2js";

/** @returns whether RE2, which Google Cloud's services match with, takes a pattern */
export function isRe2(pattern: string): boolean {
  // What is usual needs no parser.
  if (/^\^?[\w/-]+\$?$/.test(pattern)) return true;
  try {
    RE2JS.compile(pattern);
    return true;
  } catch {
    return false;
  }
}
