import { existsSync, readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, extname, join, resolve } from "node:path";
import * as library from "../../modules";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { definitionOf, definitions } from "../../modules/dify-gke/variables";

const root = resolve(__dirname, "../..");
/** Written by `npm run docs`, and tested with it. */
const GENERATED = "docs/variables.md";

interface Block {
  readonly language: string;
  readonly text: string;
}

interface Document {
  readonly path: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  /** Without code blocks. */
  readonly prose: string;
}

const CODE_BLOCK = /^( *)```(\w*)\n([\s\S]*?)^\1```$/gm;

function read(path: string): Document {
  const text = readFileSync(join(root, path), "utf8");
  const blocks = [...text.matchAll(CODE_BLOCK)].map(([, indent = "", language = "", content = ""]) => ({
    language,
    text: content.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  }));
  return { path, text, blocks, prose: text.replace(CODE_BLOCK, "") };
}

function markdown(directory: string): string[] {
  return readdirSync(join(root, directory))
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(directory, name));
}

const documents = [...markdown("."), ...markdown("docs")].map(read);
const written = documents.filter(({ path }) => path !== GENERATED);

/** GitHub's own: lower case, no punctuation, hyphens for spaces. */
function anchors({ prose }: Document): ReadonlySet<string> {
  const headings = [...prose.matchAll(/^#+ (.*)$/gm)].map(([, title = ""]) => title);
  return new Set(
    headings.map((title) =>
      title
        .toLowerCase()
        .replace(/[^\w\s-]/g, "")
        .replaceAll(" ", "-"),
    ),
  );
}

function blocksOf(...languages: readonly string[]): (readonly [string, string])[] {
  return written.flatMap(({ path, blocks }) =>
    blocks
      .filter(({ language }) => languages.includes(language))
      .map(({ text }, index) => [`${path}, block ${index + 1}`, text] as const),
  );
}

/** Cells of a line of a table, without the borders. */
function cells(line: string): string[] {
  return line
    .split(/(?<!\\)\|/)
    .slice(1, -1)
    .map((cell) => cell.trim());
}

/** Cells below the headings with this title, of every table. */
function column(document: Document, title: string): string[] {
  const found: string[] = [];
  let index = -1;
  let inside = false;
  for (const line of document.prose.split("\n")) {
    const row = line.trimStart().startsWith("|") ? cells(line) : [];
    if (row.length > 0 && !inside) index = row.indexOf(title);
    else if (index >= 0) found.push(row[index] ?? "");
    inside = row.length > 0;
  }
  return found;
}

function snakeCase(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)]
    .map(([, code = ""]) => code)
    .filter((code) => /^[a-z][a-z0-9]*(_[a-z0-9]+)+$/.test(code));
}

test("there is something to check", () => {
  expect(documents.map(({ path }) => path)).toEqual(
    expect.arrayContaining(["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs/security.md", GENERATED]),
  );
});

describe.each(documents.map((document) => [document.path, document] as const))("%s", (path, document) => {
  const links = [...document.prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = ""]) => target);

  test("links lead to files and headings that exist", () => {
    const broken = links
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [file = "", anchor] = target.split("#");
        const destination = file === "" ? path : join(dirname(path), file);
        if (!existsSync(join(root, destination))) return true;
        return anchor !== undefined && !anchors(read(destination)).has(anchor);
      });
    expect(broken).toEqual([]);
  });

  test("what is bold begins and ends with two asterisks", () => {
    const code = /`[^`]*`/g;
    expect(document.prose.replace(code, "code").match(/^.*\*{3}.*$/gm)).toBeNull();
  });

  test("links outside are HTTPS", () => {
    expect(links.filter((target) => /^[a-z]+:/.test(target) && !target.startsWith("https://"))).toEqual([]);
  });
});

describe.each(written.map((document) => [document.path, document] as const))("%s", (_, document) => {
  test("names only scripts of package.json", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const named = [...document.text.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, script = ""]) => script);
    expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
  });

  test("names only variables that exist", () => {
    const inTables = [...column(document, "Variable"), ...column(document, "Variables")].flatMap(snakeCase);
    // `name = value` in a sentence is a line of a variable file.
    const assigned = [...document.prose.matchAll(/`([a-z][a-z0-9]*(?:_[a-z0-9]+)+) = [^`]+`/g)].map(
      ([, name = ""]) => name,
    );
    expect([...inTables, ...assigned].filter((name) => definitionOf(name) === undefined)).toEqual([]);
  });

  test("passes only sensitive variables as TF_VAR_", () => {
    const passed = [...document.text.matchAll(/TF_VAR_([a-z_]+)/g)].map(([, name = ""]) => name);
    const sensitive = definitions.filter((definition) => definition.sensitive).map(({ name }) => name);
    expect(passed.filter((name) => !sensitive.includes(name))).toEqual([]);
  });
});

/** What a file holds that an example names, by how its name ends. */
const NAMED: Readonly<Record<string, string>> = {
  ".pem": readFileSync(join(__dirname, "../fixtures/certificates/authority.pem"), "utf8"),
  ".txt": readFileSync(join(__dirname, "../fixtures/requirements/pure.txt"), "utf8"),
};

test("docs/operations.md lists its sections", () => {
  const { prose } = read("docs/operations.md");
  const [, list = ""] = /^On this page: ([\s\S]*?)\n\n/m.exec(prose) ?? [];
  const listed = [...list.matchAll(/\[([^\]]+)\]\(#/g)].map(([, name]) => name);
  expect(listed).toEqual([...prose.matchAll(/^## (.+)$/gm)].map(([, name]) => name));
});

test("README.md and docs/library.md import what the library exports", () => {
  const imports = [read("README.md"), read("docs/library.md")]
    .flatMap(({ blocks }) => blocks)
    .filter(({ language }) => language === "ts")
    .flatMap(({ text }) => [...text.matchAll(/import \{([^}]+)\} from "dify-gke-cdktf"/g)])
    .flatMap(([, names = ""]) => names.split(",").map((name) => name.trim()));
  expect(imports).not.toEqual([]);
  for (const name of imports) expect(library).toHaveProperty(name);
});

describe("README.md", () => {
  const readme = read("README.md");

  test("has variables in its table", () => {
    expect(column(readme, "Variable").flatMap(snakeCase)).toEqual(
      expect.arrayContaining(["project_id", "deletion_protection"]),
    );
  });

  test("lists directories and files that exist", () => {
    const tree = readme.blocks.find(({ language, text }) => language === "text" && text.startsWith("main.ts"));
    const parents: string[] = [];
    const listed = (tree?.text ?? "").split("\n").flatMap((line) => {
      const [, indent = "", name] = /^( *)(\S+) {2}/.exec(line) ?? [];
      if (name === undefined) return [];
      parents.length = indent.length / 2;
      parents.push(name);
      return [join(...parents)];
    });
    expect(listed.length).toBeGreaterThan(10);
    expect(listed.filter((entry) => !existsSync(join(root, entry)))).toEqual([]);
  });
});

describe("variable files in the documents", () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), "documents-"));
  });

  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  test.each(blocksOf("hcl", "tfvars"))("%s", async (_, text) => {
    await writeFile(join(directory, "example.tfvars"), text);
    // Files that an example names are next to it.
    for (const [, name = ""] of text.matchAll(/_file\s*=\s*"([^"]+)"/g))
      await writeFile(join(directory, name), NAMED[extname(name)] ?? "");
    const { environments, problems } = await readEnvironments({ directory });
    expect(problems).toEqual([]);
    expect(environments).toHaveLength(1);
  });
});

describe("pictures in the documents", () => {
  const KINDS =
    /^(flowchart|graph|sequenceDiagram|stateDiagram(-v2)?|classDiagram|erDiagram|gantt|timeline|C4Context)\b/;

  test.each(blocksOf("mermaid"))("%s", (_, text) => {
    const [kind = "", ...content] = text.trim().split("\n");
    expect(kind).toMatch(KINDS);
    expect(content.length).toBeGreaterThan(2);
    const depth = content.filter((line) => /^\s*subgraph\b/.test(line)).length;
    expect(content.filter((line) => /^\s*end\s*$/.test(line))).toHaveLength(depth);
  });

  test("are there", () => {
    expect(blocksOf("mermaid").map(([name]) => name.split(",")[0])).toEqual(
      expect.arrayContaining(["docs/architecture.md", "docs/security.md"]),
    );
  });
});

test("the licence is the whole Apache License 2.0", () => {
  const licence = readFileSync(join(root, "LICENSE"), "utf8");
  for (let section = 1; section <= 9; section++) expect(licence).toMatch(new RegExp(`^ {3}${section}\\. \\w`, "m"));
  expect(licence).toContain("Version 2.0, January 2004");
  expect(licence).toContain("END OF TERMS AND CONDITIONS");
  expect(licence).toContain("limitations under the License.");
});
