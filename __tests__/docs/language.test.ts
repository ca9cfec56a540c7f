import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

const root = resolve(__dirname, "../..");

/** What is hard to read, with the plain word for it. */
const PLAIN: readonly (readonly [phrase: RegExp, plain: string])[] = [
  [/\bby (itself|themselves)\b/i, '"automatically", or "on its own"'],
  [/\bbeside\b/i, '"next to" or "in addition to"'],
  [/\bone's own\b/i, '"your own"'],
  [/\bfor ever\b/i, '"cannot be changed later", or "without end"'],
  [/\bof before\b/i, '"previous"'],
  [/\bof no use\b/i, '"has no effect unless"'],
  [/\baddresses in common\b/i, '"overlap"'],
  [/\bstands twice\b/i, 'the fact: Two stages are named "dev"'],
  [/\bis no name\b/i, '"is not a valid name"'],
];

/** A line of a comment in code. */
const COMMENT = /^\s*(\/\/|\/\*\*|\* )/;

/** In stacks already, where another word would change a resource or an output. */
const SYNTHESIZED = [
  "One VM, replaced by itself when it fails its health check",
  "Whether it is encrypted with a key of one's own",
];

const names = [".", "docs", "variables", "examples", "modules"].flatMap((directory) =>
  readdirSync(join(root, directory), { recursive: directory !== ".", encoding: "utf8" })
    .filter((name) => /\.(md|ts|tfvars)$/.test(name) && !name.includes("node_modules"))
    .map((name) => join(directory, name)),
);

/** @returns what a document or the messages in code say to a reader, with the plain word */
function complaints(text: string): string[] {
  const said = SYNTHESIZED.reduce((rest, known) => rest.replace(known, ""), text);
  return said
    .split("\n")
    .flatMap((line, index) =>
      PLAIN.filter(([phrase]) => !COMMENT.test(line) && phrase.test(line)).map(
        ([phrase, plain]) => `line ${index + 1} says "${phrase.exec(line)?.[0] ?? ""}": write ${plain}`,
      ),
    );
}

it("finds each phrase", () => {
  const hard = [
    "It grows by itself.",
    "Beside it.",
    "a key of one's own",
    "It waits for ever.",
    "pods of before",
    "of no use",
    "They have addresses in common.",
    '"dev" stands twice.',
    "This is no name for it.",
  ];
  expect(hard.map((line) => complaints(line).length)).toEqual(PLAIN.map(() => 1));
  expect(names).toEqual(expect.arrayContaining(["README.md", "docs/variables.md", "modules/dify-gke/rules/edge.ts"]));
});

it("documents and messages use plain words", () => {
  const found = names.flatMap((name) =>
    complaints(readFileSync(join(root, name), "utf8")).map((complaint) => `${name}, ${complaint}`),
  );
  expect(found).toEqual([]);
});
