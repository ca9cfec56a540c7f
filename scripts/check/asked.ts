import { statSync } from "node:fs";
import { basename, dirname, resolve } from "node:path";

/** What is to be checked. */
export interface Asked {
  readonly directory: string;
  /** Names of environments; none stands for all of them. */
  readonly only: readonly string[];
}

const FILE = /^(.+)\.tfvars(\.json)?$/;
/** Name of the common file, which is checked with every environment. */
const COMMON = "common";

/**
 * @param words names of environments, and paths as a shell completes them: `variables/prod.tfvars`, `variables/*.tfvars`, a
 * directory
 * @param directory of the names
 * @returns what is to be checked, or why that is not clear
 */
export function askedFor(words: readonly string[], directory: string): Asked | string {
  const found = words.map((word) => partOf(word, directory));
  const [first] = found;
  if (!first) return { directory, only: [] };
  const other = found.find((part) => resolve(part.directory) !== resolve(first.directory));
  if (other)
    return `${first.directory} and ${other.directory} are two directories, and one is checked at a time: files of one directory are compared with each other.`;
  // A whole directory is meant where one word says so, and where only the common file is named.
  const whole = found.some(({ name }) => name === undefined);
  const names = found.flatMap(({ name }) => (name === undefined || name === COMMON ? [] : [name]));
  return { directory: first.directory, only: whole ? [] : names };
}

/** @returns the name and its directory; no name stands for all of them */
function partOf(word: string, directory: string): { readonly directory: string; readonly name?: string } {
  const name = FILE.exec(basename(word))?.[1];
  if (name !== undefined) return { directory: word.includes("/") ? dirname(word) : directory, name };
  return word.includes("/") && statSync(word, { throwIfNoEntry: false })?.isDirectory()
    ? { directory: word }
    : { directory, name: word };
}
