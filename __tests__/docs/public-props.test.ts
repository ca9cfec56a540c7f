import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import ts from "typescript";

const root = resolve(__dirname, "../..");
const modules = join(root, "modules");

/** A field that a user of the library writes. */
interface Prop {
  /** `DeliverySettings.scanSeverity`. */
  readonly title: string;
  readonly name: string;
  /** File and line. */
  readonly place: string;
  /** What follows `@see`, in its own comment and in those of the fields around it. */
  readonly pages: readonly string[];
  /** Whether it has fields itself, which have their own pages. */
  readonly structure: boolean;
}

interface Source {
  readonly file: ts.SourceFile;
  readonly types: ReadonlyMap<string, ts.InterfaceDeclaration | ts.TypeAliasDeclaration>;
  /** Where an imported name comes from. */
  readonly imports: ReadonlyMap<string, string>;
}

const sources = new Map<string, Source>();

/** Only parsed: what a name means follows from the imports. */
function sourceOf(path: string): Source {
  const known = sources.get(path);
  if (known) return known;
  const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest, true);
  const types = new Map<string, ts.InterfaceDeclaration | ts.TypeAliasDeclaration>();
  const imports = new Map<string, string>();
  for (const statement of file.statements) {
    if (ts.isInterfaceDeclaration(statement) || ts.isTypeAliasDeclaration(statement))
      types.set(statement.name.text, statement);
    if (ts.isImportDeclaration(statement)) {
      const { importClause, moduleSpecifier } = statement;
      const names = importClause?.namedBindings;
      const from = (moduleSpecifier as ts.StringLiteral).text;
      if (names && ts.isNamedImports(names) && from.startsWith("."))
        for (const { name } of names.elements) imports.set(name.text, resolvePath(path, from));
    }
  }
  const source = { file, types, imports };
  sources.set(path, source);
  return source;
}

function resolvePath(from: string, specifier: string): string {
  const path = resolve(dirname(from), specifier);
  return existsSync(`${path}.ts`) ? `${path}.ts` : join(path, "index.ts");
}

/** @returns every type that modules/index.ts exports, with its file */
function exportedTypes(): (readonly [path: string, name: string])[] {
  const index = join(modules, "index.ts");
  return sourceOf(index).file.statements.flatMap((statement) => {
    if (!ts.isExportDeclaration(statement) || !statement.moduleSpecifier) return [];
    const path = resolvePath(index, (statement.moduleSpecifier as ts.StringLiteral).text);
    const { exportClause } = statement;
    const names =
      exportClause && ts.isNamedExports(exportClause)
        ? exportClause.elements.map(({ name }) => name.text)
        : [...sourceOf(path).types.keys()];
    return names.map((name) => [path, name] as const);
  });
}

/** @returns the fields of the exported types, and of the types that those name */
function publicProps(): readonly Prop[] {
  const props: Prop[] = [];
  const results = new Set<string>();
  const seen = new Set<string>();
  const visitType = (path: string, name: string): void => {
    const key = `${path} ${name}`;
    if (seen.has(key)) return;
    seen.add(key);
    const { file, types, imports } = sourceOf(path);
    const type = types.get(name);
    const from = imports.get(name);
    if (!type) {
      if (from !== undefined) visitType(from, name);
      return;
    }
    const visit = (node: ts.Node, pages: readonly string[]): void => {
      // What a function of the user's is handed is not written by the user.
      if (ts.isFunctionTypeNode(node)) {
        for (const { type: parameter } of node.parameters) if (parameter) results.add(parameter.getText());
        return;
      }
      if (ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName)) visitType(path, node.typeName.text);
      if (ts.isExpressionWithTypeArguments(node) && ts.isIdentifier(node.expression))
        visitType(path, node.expression.text);
      if (!ts.isPropertySignature(node)) {
        node.forEachChild((child) => {
          visit(child, pages);
        });
        return;
      }
      const own = ts
        .getJSDocCommentsAndTags(node)
        .flatMap((comment) => [...comment.getText().matchAll(/@see (\S+)/g)].map(([, page = ""]) => page));
      const all = [...pages, ...own];
      props.push({
        title: `${name}.${node.name.getText()}`,
        name: node.name.getText(),
        place: `${relative(root, path)}:${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`,
        pages: all,
        structure: node.type !== undefined && isStructure(node.type, path),
      });
      node.forEachChild((child) => {
        visit(child, all);
      });
    };
    visit(type, []);
  };
  for (const [path, name] of exportedTypes()) visitType(path, name);
  return props.filter(({ title }) => !results.has(title.replace(/\..*/, "")));
}

/** Whether a type, or the type of a list's entries, is an object, a function or a type of this project. */
function isStructure(type: ts.TypeNode, path: string): boolean {
  if (ts.isTypeOperatorNode(type)) return isStructure(type.type, path);
  if (ts.isArrayTypeNode(type)) return isStructure(type.elementType, path);
  if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type))
    return type.types.some((part) => isStructure(part, path));
  if (!ts.isTypeReferenceNode(type)) return ts.isTypeLiteralNode(type) || ts.isFunctionTypeNode(type);
  const { types, imports } = sourceOf(path);
  const name = type.typeName.getText();
  return types.has(name) || imports.has(name);
}

/** @returns the fields of all Google and Kubernetes resources that are used here, with the number of resources that have it */
function providerFields(): ReadonlyMap<string, number> {
  const classes = new Set(
    readdirSync(modules, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .flatMap((path) =>
        [
          ...readFileSync(join(modules, path), "utf8").matchAll(
            /"(@cdktf\/provider-(?:google|kubernetes)\/lib\/[a-z0-9-]+)"/g,
          ),
        ].map(([, name = ""]) => name),
      ),
  );
  const fields = new Map<string, number>();
  for (const name of classes) {
    const directory = join(root, "node_modules", name);
    const own = new Set<string>();
    for (const path of readdirSync(directory, { recursive: true, encoding: "utf8" })) {
      if (!path.endsWith(".d.ts")) continue;
      for (const [, field = ""] of readFileSync(join(directory, path), "utf8").matchAll(/^ {4}readonly (\w+)\??: /gm))
        own.add(field);
    }
    for (const field of own) fields.set(field, (fields.get(field) ?? 0) + 1);
  }
  return fields;
}

/** Also fields of Google's: here, places in a file. */
const PLACES = ["Location.column", "Problem.column"];

/** A field of more resources than this says nothing about where it comes from: name, type, path. */
const MOST_RESOURCES = 5;

/** Whether a name, or its last two or more words, is a field of a Google or Kubernetes resource. */
function stems(name: string, fields: ReadonlyMap<string, number>): boolean {
  const words = name.split(/(?=[A-Z])/);
  return words.some((_, index) => {
    const rest = words.slice(index).join("");
    const resources = fields.get(rest.charAt(0).toLowerCase() + rest.slice(1)) ?? Infinity;
    return (index === 0 || words.length - index > 1) && resources <= MOST_RESOURCES;
  });
}

const SITES =
  /^https:\/\/(cloud\.google\.com|kubernetes\.io|registry\.terraform\.io|developer\.hashicorp\.com|docs\.docker\.com|external-secrets\.io)\//;

describe("public fields", () => {
  const props = publicProps();
  const fields = providerFields();

  it("are all found, and so is whose word each is", () => {
    const found = new Map(props.map((prop) => [prop.title, stems(prop.name, fields)]));
    const words = ["Probe.periodSeconds", "SharedServices.tier", "SharedServices.podRangeName", "CorsRule.origin"];
    expect(words.map((title) => [title, found.get(title)])).toEqual(words.map((title) => [title, true]));
    const own = ["ReleaseSettings.allowDowngrade", "Component.inPodOf", "AppGkeProps.installation"];
    expect(own.map((title) => [title, found.get(title)])).toEqual(own.map((title) => [title, false]));
    expect([...found.keys()].filter((title) => title.startsWith("Bindings."))).toEqual([]);
  });

  it("name the page that they follow where the word is Google's or Kubernetes'", () => {
    const silent = props.filter(
      ({ name, pages, structure, title }) =>
        !structure && pages.length === 0 && stems(name, fields) && !PLACES.includes(title),
    );
    expect(silent.map(({ title, place }) => `${place}: ${title} needs @see`)).toEqual([]);
  });

  it("name pages of Google, Kubernetes, Terraform, Docker or the External Secrets Operator, or a document of this project", () => {
    const wrong = props.flatMap(({ pages, place }) =>
      pages.filter((page) => !SITES.test(page) && !existsSync(join(root, page))).map((page) => `${place}: ${page}`),
    );
    expect(wrong).toEqual([]);
  });
});
