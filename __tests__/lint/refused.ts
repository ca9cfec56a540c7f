import { readFileSync } from "node:fs";
import { join } from "node:path";

/** Files by path, of which a rule refuses the first one. */
export interface Refused {
  readonly rule: string;
  readonly files: Readonly<Record<string, string>>;
  /** What the rule names. @default - the first file */
  readonly named?: readonly string[];
}

/** The rooms of app-gke in the order of docs/architecture.md: each may import those after it. */
function rooms(): readonly string[] {
  const text = readFileSync(join(__dirname, "../../docs/architecture.md"), "utf8");
  return [...text.matchAll(/^ {2}- `([a-z-]+)\/`/gm)].map(([, room = ""]) => room);
}

/** What lint/layers.mjs refuses. */
export const layers: readonly Refused[] = [
  {
    rule: "no-circle",
    files: {
      "modules/circle/a.ts": 'import type { B } from "./b";\nexport interface A { readonly b: B }\n',
      "modules/circle/b.ts": 'import type { A } from "./a";\nexport interface B { readonly a: A }\n',
    },
    named: ["modules/circle/a.ts"],
  },
  {
    rule: "no-circle-of-folders",
    files: {
      "modules/east/a.ts": 'import type { B } from "../west/b";\nexport type A = B;\n',
      "modules/east/c.ts": "export type C = string;\n",
      "modules/west/b.ts": "export type B = string;\n",
      "modules/west/d.ts": 'import type { C } from "../east/c";\nexport type D = C;\n',
    },
    named: ["modules/east", "modules/west"],
  },
  {
    rule: "app-gke-knows-no-dify",
    files: {
      "modules/app-gke/dify.ts": 'import type { Plain } from "../dify-common/plain";\nexport type P = Plain;\n',
    },
  },
  {
    rule: "app-gke-knows-no-dify",
    files: {
      "examples/hello/main.ts":
        'import type { Plain } from "../../modules/dify-common/plain";\nexport type P = Plain;\n',
    },
  },
  ...rooms().flatMap((room, index, all) =>
    ["app-gke", ...all.slice(0, index).map((above) => `${above}/part`)].map((above) => ({
      rule: `${room}-knows-nothing-above`,
      files: {
        [`modules/app-gke/${room}/of-${above.replace("/", "-")}.ts`]: `export type { Part } from "../${above}";\n`,
        [`modules/app-gke/${above}.ts`]: "export type Part = string;\n",
      },
    })),
  ),
  ...rooms()
    .filter((room) => !["google", "terraform"].includes(room))
    .map((room) => ({
      rule: "contract-knows-no-room",
      files: {
        [`modules/app-gke/of-${room}.ts`]: `export type { Own } from "./${room}/own";\n`,
        [`modules/app-gke/${room}/own.ts`]: "export type Own = string;\n",
      },
    })),
  {
    rule: "dify-common-creates-nothing",
    files: { "modules/dify-common/stack.ts": 'import type { Stack } from "cdktf";\nexport type S = Stack;\n' },
  },
  {
    rule: "dify-common-creates-nothing",
    files: {
      "modules/dify-common/bucket.ts":
        'import type { Bucket } from "@cdktf/provider-google/lib/bucket";\nexport type B = Bucket;\n',
    },
  },
  {
    rule: "dify-common-knows-no-variables",
    files: {
      "modules/dify-common/variables.ts": 'import type { Free } from "../dify-gke/free";\nexport type V = Free;\n',
      "modules/dify-gke/free.ts": "export type Free = string;\n",
    },
  },
  {
    rule: "dify-gke-creates-nothing-itself",
    files: {
      "modules/dify-gke/dify-gke.ts":
        'import type { Bucket } from "@cdktf/provider-google/lib/bucket";\nexport type B = Bucket;\n',
    },
  },
  ...["variables/00-module", "rules/jobs", "variable-files", "any-other"].map((file) => ({
    rule: "checks-know-no-wiring",
    files: {
      [`modules/dify-gke/${file}.ts`]: `import type { Outputs } from "${file.includes("/") ? ".." : "."}/outputs";\nexport type O = Outputs;\n`,
      "modules/dify-gke/outputs.ts": "export type Outputs = string;\n",
    },
  })),
  {
    rule: "checks-know-no-wiring",
    files: { "modules/dify-gke/problems.ts": 'import type { Stack } from "cdktf";\nexport type S = Stack;\n' },
  },
  {
    rule: "modules-stand-alone",
    files: {
      "modules/library.ts": 'import type { Docs } from "../scripts/docs";\nexport type D = Docs;\n',
      "scripts/docs.ts": "export type Docs = string;\n",
    },
  },
  {
    rule: "users-get-what-runs",
    files: { "modules/tool.ts": 'import type { Tool } from "tool";\nexport type T = Tool;\n' },
  },
];

/** What lint/run-time.mjs refuses: constructs behind a file that has none itself. */
export const runTime: readonly Refused[] = [
  {
    rule: "no-constructs-behind-dify-common",
    files: {
      "modules/dify-common/literal.ts":
        'import type { Stack } from "cdktf";\nexport { escape } from "../app-gke/escape";\nexport type S = Stack;\n',
      "modules/app-gke/escape.ts": 'import { Fn } from "cdktf";\nexport const escape = Fn;\n',
    },
  },
  {
    rule: "no-constructs-behind-checks",
    files: {
      "modules/dify-gke/variable-files.ts": 'export { LIMIT } from "../app-gke/server";\n',
      "modules/app-gke/server.ts": 'import { Fn } from "cdktf";\nexport const LIMIT = Fn;\n',
    },
  },
];

/** A rule of .oxlintrc.jsonc, the code that it refuses, and where. */
export const code: readonly (readonly [rule: string, file: string, text: string])[] = [
  [
    "eslint(no-restricted-imports)",
    "modules/app-gke/index.ts",
    'import { storageBucket } from "@cdktf/provider-google";\nexport default storageBucket;\n',
  ],
  [
    "eslint(no-restricted-imports)",
    "modules/app-gke/lib.ts",
    'import { job } from "@cdktf/provider-kubernetes/lib";\nexport default job;\n',
  ],
  ["eslint(no-undef)", "scripts/undefined.mjs", "missing();\n"],
  [
    "eslint(max-lines)",
    "modules/app-gke/long.ts",
    Array.from({ length: 301 }, (_, index) => `export const value${index} = 1;\n`).join(""),
  ],
  ["typescript(no-explicit-any)", "modules/app-gke/any.ts", "export const value: any = 1;\n"],
  // Only a type says it.
  ["typescript(no-floating-promises)", "scripts/floating.ts", "Promise.resolve(1);\n"],
  [
    "typescript(no-unsafe-return)",
    "modules/app-gke/unsafe.ts",
    "export function parsed(text: string): unknown[] {\n  return JSON.parse(text);\n}\n",
  ],
  [
    "typescript(no-unnecessary-condition)",
    "__tests__/unnecessary.ts",
    'export function name(given: string): string {\n  return given ?? "";\n}\n',
  ],
  [
    "typescript(restrict-template-expressions)",
    "examples/list.ts",
    "export function shown(given: readonly string[]): string {\n  return `${given}`;\n}\n",
  ],
  // The compiler's own.
  ["typescript(TS2322)", "scripts/wrong.ts", "export const text: string = 1;\n"],
  ["typescript(no-deprecated)", "scripts/old.ts", 'export const escaped = escape("a");\n'],
  [
    "regexp(no-super-linear-backtracking)",
    "modules/app-gke/slow.ts",
    "export const slow = (text: string): boolean => /^(a+)+$/.test(text);\n",
  ],
  ["project(readonly)", "modules/app-gke/props.ts", "export interface Props {\n  name: string;\n}\n"],
  ["project(readonly)", "modules/app-gke/thing.ts", 'export class Thing {\n  name = "thing";\n}\n'],
  [
    "project(default-tag)",
    "modules/dify-common/optional.ts",
    "export interface Props {\n  /** A name. */\n  readonly name?: string;\n}\n",
  ],
  [
    "project(default-tag)",
    "modules/dify-common/required.ts",
    "export interface Props {\n  /** A name. @default hello */\n  readonly name: string;\n}\n",
  ],
];
