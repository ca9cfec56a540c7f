import { Token } from "cdktf";
import { plain } from "./literal";

/** Stops with all problems at once. @param construct whose props they are */
export function refuse(construct: string, problems: readonly string[]): void {
  if (problems.length === 0) return;
  const lines = problems.map((problem) => `- ${plain(problem)}`);
  throw new Error([`Props of ${construct} are wrong, so nothing was made:`, ...lines].join("\n"));
}

/** @returns a problem for each name that is there more than once */
export function twice<T extends object>(
  where: string,
  all: readonly T[],
  nameOf: (each: T) => string = (each) => ("name" in each ? String(each.name) : ""),
): readonly string[] {
  const names = all.map(nameOf);
  const repeated = new Set(names.filter((name, index) => names.indexOf(name) !== index));
  return [...repeated].map((name) => `${where} have ${shown(name)} twice: give each a name of its own`);
}

/** @returns the problem, unless the condition holds */
export function unless(holds: boolean, problem: string): readonly string[] {
  return holds ? [] : [problem];
}

/** @returns a value as a message shows it */
export function shown(value: unknown): string {
  return value === undefined ? "not set" : JSON.stringify(value);
}

/** @returns what a message advises to take */
export function nameOneOf(names: readonly string[]): string {
  return names.length === 0
    ? "one that you define there"
    : names.length === 1
      ? `${names[0]}`
      : `one of ${names.join(", ")}`;
}

export function isPort(port: number): boolean {
  return later(port) || (Number.isInteger(port) && port >= 1 && port <= 65535);
}

/** Whether only a plan knows a value: it is a token of CDKTF, or has an expression of Terraform in it. */
export function later(value: string | number): boolean {
  return Token.isUnresolved(value) || /[$%]\{/.test(String(value));
}

/** @returns whether a text has a form, or is only known to a plan */
export function matches(value: string, pattern: RegExp): boolean {
  return later(value) || pattern.test(value);
}
