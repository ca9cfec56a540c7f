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
  [/\bin vain\b/i, '"until it times out", or "without success"'],
  [/\banew\b/i, '"again", or "restart"'],
  [/\bwhoever\b/i, '"the account that", "everybody who" or "its owner"'],
  [/\bby which\b/i, '"through which" or "with which"'],
  [/\b(broken|breaks|broke) off\b/i, '"interrupted"'],
];

/** In stacks already, where another word would change a resource or an output, restart the file server or pods, or run a job again. */
const SYNTHESIZED = [
  "One VM, replaced by itself when it fails its health check",
  "Whether it is encrypted with a key of one's own",
  "curl tries again by itself where that can help",
  "or a large file would be loaded for ever",
  "ext4 goes read-only by itself after an error of the disk",
  "No snapshots beside it",
  "beside that of the environment itself",
  "Environment, beside Dify's own",
  "and the pods start anew",
  "opens it anew",
  "embeds everything anew in the store in use",
  "Starts pods anew whose secrets",
  "and its pods start anew",
  "the message says why and goes to whoever asks",
  "use up the time of whoever asks",
  "whoever fills the share",
  "with the settings, for whoever reads the log",
  "netloc} breaks off",
  "which no copy has: whoever knew it",
  "from the end of whoever writes it",
  "a run that is broken off leaves the database as it was",
  "waits for whoever locks the table",
  "A run that was broken off leaves what it was building",
  "so that a job that broke off can start again",
  "What a job that broke off had set aside",
  "so a run may be broken off anywhere",
  "whoever sends them slowly",
  "whoever asks and whoever answers have limits",
];

const names = [".", "docs", "variables", "examples", "modules", "scripts", "lint", "__tests__"].flatMap((directory) =>
  readdirSync(join(root, directory), { recursive: directory !== ".", encoding: "utf8" })
    .filter((name) => /\.(md|ts|mjs|cjs|tfvars|sh|py|conf)$/.test(name) && !name.includes("node_modules"))
    .map((name) => join(directory, name)),
);

/** Comments of tests only: their code holds the phrases as data. */
const COMMENT = /^ *(\/\/|\/\*\*|\*|#|""")/;

/** @returns what a document, a message or a comment says in hard words, each with the plain one */
function complaints(text: string): string[] {
  const said = SYNTHESIZED.reduce((rest, known) => rest.replace(known, ""), text)
    // A phrase may go over two lines of a comment.
    .replace(/\n *(?:\/\/|\*(?!\/)|#) ?/g, " ")
    .replace(/\s+/g, " ");
  return PLAIN.flatMap(([phrase, plain]) =>
    [...said.matchAll(new RegExp(phrase, "gi"))].map(
      ({ index, 0: found }) => `"…${said.slice(Math.max(index - 40, 0), index + found.length)}": write ${plain}`,
    ),
  );
}

/** @returns a file as far as it speaks to a reader */
function read(name: string): string {
  const text = readFileSync(join(root, name), "utf8");
  if (!name.startsWith("__tests__")) return text;
  return text
    .split("\n")
    .filter((line) => COMMENT.test(line))
    .join("\n");
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
    "The build would wait in vain.",
    "It is made anew.",
    "Whoever runs Terraform",
    "the proxy by which requests leave",
    "a run that was broken off",
    "// It grows by\n    // itself.",
  ];
  expect(hard.map((line) => complaints(line).length)).toEqual(hard.map(() => 1));
  expect(hard).toHaveLength(PLAIN.length + 1);
  expect(names).toEqual(expect.arrayContaining(["README.md", "docs/variables.md", "scripts/pods/gunicorn.conf.py"]));
});

it("documents, messages and comments use plain words", () => {
  const found = names.flatMap((name) => complaints(read(name)).map((complaint) => `${name}: ${complaint}`));
  expect(found).toEqual([]);
});
