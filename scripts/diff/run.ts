import { parseArgs } from "node:util";
import { synthesizeVariants, type Variants } from "../stacks/variants";
import { Console, type Terminal } from "../terminal/console";
import type { Change } from "./change";
import { compareStacks } from "./compare";
import { report } from "./report";
import { checkOut, RevisionError } from "./revision";
import { wrongUsage } from "../terminal/usage";

const HELP = `Shows how the synthesized stacks differ between this checkout, uncommitted changes included, and another revision.

  npm run diff -- <git revision>                what has changed here since that revision: main, v0.2.0, HEAD~3
  npm run diff -- <git revision> --only TEXT    only variants whose names contain TEXT
  npm run diff -- <git revision> --addresses    without the attributes
  npm run diff -- --help                        this text

Both revisions' variants are synthesized: those of __tests__/terraform/variants.ts and the files in variables/. A difference
that several of them share is printed once. The signs are those of Terraform's plans:

  -/+  would be replaced: destroyed and created again. A renamed address, an argument that cannot be changed in place
       (scripts/diff/immutable-arguments.txt), or what refers to something replaced
    -  would be destroyed
    +  would be created
    ~  would be changed in place; outputs and settings of the stack as well
    >  has another address without any loss: there is a moved block, or nothing of it is in the state

The other revision is checked out into a temporary directory. Exit codes: 0 nothing differs, 1 something does, 2 they cannot
be compared, or the command was interrupted. NO_COLOR turns colors off.
`;

/** Exit codes. */
export const EXIT = { same: 0, different: 1, failed: 2 } as const;

export interface Context {
  /** Root of this checkout. */
  readonly root: string;
  /** Where the report goes. */
  readonly output: Terminal;
  /** Where progress and errors go. */
  readonly errors: Terminal;
  /** Aborted to stop it. @default - it runs to its end */
  readonly signal?: AbortSignal;
}

/** The whole command. @returns the exit code */
export async function diff(args: readonly string[], context: Context): Promise<number> {
  const fail = (message: string): number => {
    new Console(context.errors).line(message);
    return EXIT.failed;
  };
  let parsed;
  try {
    parsed = parse(args);
  } catch (error) {
    return fail(`${wrongUsage(error)} See --help.`);
  }
  if (parsed.values.help) {
    context.output.write(HELP);
    return EXIT.same;
  }
  const [revision, ...others] = parsed.positionals;
  if (revision === undefined || others.length > 0) {
    return fail("Name one revision: npm run diff -- main. See --help.");
  }
  try {
    const { only, addresses } = parsed.values;
    const changes = await compareWith(revision, only, context);
    if (changes.size === 0) return fail(`There is no variant "${only ?? ""}" in both revisions.`);
    for (const line of report(changes, { attributes: !addresses, color: context.output.color })) {
      context.output.write(`${line}\n`);
    }
    return [...changes.values()].some((list) => list.length > 0) ? EXIT.different : EXIT.same;
  } catch (error) {
    if (error instanceof RevisionError) return fail(error.message);
    throw error;
  }
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: { only: { type: "string" }, addresses: { type: "boolean" }, help: { type: "boolean", short: "h" } },
  });
}

/** @returns what differs in each variant that both revisions have */
async function compareWith(
  revision: string,
  only: string | undefined,
  { root, errors, signal }: Context,
): Promise<Map<string, Change[]>> {
  const terminal = new Console(errors);
  const worktree = await checkOut({
    root,
    revision,
    note: (text) => {
      terminal.line(text);
    },
  });
  try {
    const at = { [revision]: "", "this checkout": "" };
    const stop = terminal.start("Synthesizing", () =>
      Object.entries(at)
        .map(([name, progress]) => `${name} ${progress}`)
        .join(", "),
    );
    const synthesize = (name: keyof typeof at, checkout: string): Promise<Variants> =>
      synthesizeVariants({ checkout, only, signal, progress: (text) => void (at[name] = text) }).catch(
        (error: unknown) => {
          throw new RevisionError(`${name} cannot be synthesized: ${error instanceof Error ? error.message : ""}`);
        },
      );
    const [before, after] = await Promise.all([
      synthesize(revision, worktree.directory),
      synthesize("this checkout", root),
    ]).finally(stop);
    for (const line of onOneSide(before, after, revision)) terminal.line(line);
    return new Map(
      [...after.stacks].flatMap(([variant, stacks]): [string, Change[]][] => {
        const other = before.stacks.get(variant);
        return other ? [[variant, compareStacks(other, stacks)]] : [];
      }),
    );
  } finally {
    await worktree.remove();
  }
}

/** Variants that cannot be compared, one per line. */
function onOneSide(before: Variants, after: Variants, revision: string): string[] {
  const sides = [
    [before, after, revision],
    [after, before, "this checkout"],
  ] as const;
  return sides.flatMap(([one, other, name]) => [
    ...[...one.errors].map(([variant, why]) => `Left out: "${variant}" is refused by ${name}: ${why}`),
    ...[...one.stacks.keys()]
      .filter((variant) => !other.stacks.has(variant) && !other.errors.has(variant))
      .map((variant) => `Left out: "${variant}" is a variant of ${name} only.`),
  ]);
}
