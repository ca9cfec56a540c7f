import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Difference, leaves } from "../stacks/differences";

let table: ReadonlyMap<string, readonly string[]> | undefined;

/** @returns the arguments of a type that cannot be changed in place; `undefined` for a type that is not in the table */
export function immutableArguments(type: string): readonly string[] | undefined {
  table ??= readTable();
  return table.get(type) ?? table.get(type.replace(/^google_.*_iam_member$/, "google_*_iam_member"));
}

function readTable(): ReadonlyMap<string, readonly string[]> {
  const lines = readFileSync(join(__dirname, "immutable-arguments.txt"), "utf8").split("\n");
  return new Map(
    lines
      .filter((line) => line !== "" && !line.startsWith("#"))
      .map((line) => {
        const [type = "", list = ""] = line.split(":");
        return [type, list.trim().split(" ").filter(Boolean)];
      }),
  );
}

/** @returns whether a difference cannot be made in place, according to the table for the resource's type */
export function replaces(difference: Difference, immutable: readonly string[]): boolean {
  return paths(difference).some((path) => immutable.some((argument) => covers(argument, path, difference)));
}

/** @returns the path of an attribute as in schemas: without the elements of lists */
export function schemaPath(path: string): string {
  return path.replace(/\[[^\]]*\]/g, "");
}

/** What was added to or removed from a block, attribute by attribute. */
function paths({ path, before, after }: Difference): string[] {
  const whole = schemaPath(path);
  const within = [before, after].flatMap((value) => leaves(value).map((leaf) => leaf.path));
  return [whole, ...within.map((inner) => schemaPath(`${path}${/^(\[|$)/.test(inner) ? "" : "."}${inner}`))];
}

function covers(argument: string, path: string, { before, after }: Difference): boolean {
  if (argument === "*") return true;
  if (argument.endsWith("#")) return path === argument.slice(0, -1) && (before === undefined || after === undefined);
  return path === argument || path.startsWith(`${argument}.`);
}
