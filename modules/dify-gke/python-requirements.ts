import { readFileSync } from "node:fs";

interface RequiredPackage {
  readonly line: number;
  /** As indexes compare them: https://packaging.python.org/en/latest/specifications/name-normalization/. Empty for a bare address. */
  readonly name: string;
  /** As it is written. */
  readonly text: string;
  /** Whether every pod gets the same version, whenever it starts. */
  readonly pinned: boolean;
}

/** What a requirements file of pip's holds (https://pip.pypa.io/en/stable/reference/requirements-file-format/). */
export interface PythonRequirements {
  /** Why it cannot be used, each as half a sentence that never repeats a secret. Empty where it can. */
  readonly unusable: readonly string[];
  /** Packages as they are written, each with the number of its line. */
  readonly packages: readonly RequiredPackage[];
  /** Addresses that pip would open. */
  readonly urls: readonly URL[];
  /** Environment variables that pip puts in: `${NAME}`. */
  readonly variables: readonly string[];
  /** Those of them that pip writes to the log: it leaves out only the credentials of an index. */
  readonly shown: readonly string[];
}

/** A ConfigMap takes 1 MiB (https://kubernetes.io/docs/concepts/configuration/configmap/); a hundred packages with hashes have 100 KiB. */
const MOST_BYTES = 512 * 1024;
/** What pip puts in: https://pip.pypa.io/en/stable/reference/requirements-file-format/#using-environment-variables */
const VARIABLE = /\$\{([A-Z0-9_]+)\}/g;
/**
 * Name, extras, and versions or an address, without blanks and what follows a semicolon:
 * https://packaging.python.org/en/latest/specifications/dependency-specifiers/.
 */
const NAME = /^[A-Z0-9](?:[A-Z0-9._-]*[A-Z0-9])?(?:\[[A-Z0-9,._-]*\])?/i;
const VERSIONS = /^(?:(?:===|==|~=|!=|<=|>=|<|>)[^,()<>=!~@[\]]+(?:,|$))+$/;
/** Options of a package, after it. */
const OWN_OPTIONS = /\s--?(?:hash|global-option|config-settings?|C)[\s=].*$/;
/** Options that a line may be, with whether a value follows. */
const OPTIONS: Readonly<Record<string, boolean>> = {
  "-i": true,
  "--index-url": true,
  "--pypi-url": true,
  "--extra-index-url": true,
  "--no-index": false,
  "-f": true,
  "--find-links": true,
  "--no-binary": true,
  "--only-binary": true,
  "--prefer-binary": false,
  "--require-hashes": false,
  "--pre": false,
  "--trusted-host": true,
  "--use-feature": true,
};
/** An option whose value is an index. */
const INDEX = /^(?:-i|--(?:extra-)?index-url|--pypi-url)(?![a-z-])/;
const READS_FILES = ["-r", "--requirement", "-c", "--constraint"];
const EDITABLE = ["-e", "--editable"];

/**
 * Rules and warnings ask for the same file.
 * @param path from where the process is
 */
export function readRequirements(path: string): PythonRequirements {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch {
    return unusable("is not a file that can be read");
  }
  if (bytes.length > MOST_BYTES) return unusable(`is larger than ${MOST_BYTES / 1024} KiB`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return unusable("is not text in UTF-8");
  }
  // Code points that are no characters would not arrive as they are.
  if (/[\0\uFDD0-\uFDD3]/.test(text)) return unusable("holds characters that do not belong in a text");
  return parse(text);
}

function unusable(why: string): PythonRequirements {
  return { unusable: [why], packages: [], urls: [], variables: [], shown: [] };
}

function parse(text: string): PythonRequirements {
  const problems: string[] = [];
  const packages: RequiredPackage[] = [];
  const urls: URL[] = [];
  const lines = logicalLines(text);
  for (const { number, content } of lines) {
    const found = addresses(content);
    urls.push(...found);
    const wrong = whatIsWrong(content, found);
    if (wrong !== undefined) problems.push(`has in line ${number} ${wrong}`);
    else if (!content.startsWith("-")) packages.push(packageOf(number, content));
  }
  return {
    unusable: problems,
    packages,
    urls,
    variables: variablesIn(lines.map(({ content }) => content)),
    shown: variablesIn(
      lines.map(({ content }) => (INDEX.test(content) ? content.replace(/:\/\/[^/\s@?#]*@/g, "://") : content)),
    ),
  };
}

function packageOf(line: number, content: string): RequiredPackage {
  const name = content.includes("://") && !content.includes("@") ? "" : (/^[\w.-]+/.exec(content)?.[0] ?? "");
  return {
    line,
    name: name.replace(/[-_.]+/g, "-").toLowerCase(),
    text: content.replace(OWN_OPTIONS, "").trim(),
    pinned: isPinned(content),
  };
}

function variablesIn(contents: readonly string[]): readonly string[] {
  return [...new Set(contents.flatMap((content) => [...content.matchAll(VARIABLE)].map(([, name = ""]) => name)))];
}

/** Lines without comments, those that a backslash continues as one, each with the number of its first. */
function logicalLines(text: string): { number: number; content: string }[] {
  const result: { number: number; content: string }[] = [];
  let begun: { number: number; content: string } | undefined;
  for (const [index, line] of text.split(/\r\n|[\r\n]/).entries()) {
    const continued = /\\$/.test(line) && !/^\s*#/.test(line);
    const part = continued ? line.slice(0, -1) : line;
    begun = begun ? { ...begun, content: begun.content + part } : { number: index + 1, content: part };
    if (continued) continue;
    result.push(begun);
    begun = undefined;
  }
  return [...result, ...(begun ? [begun] : [])]
    .map(({ number, content }) => ({ number, content: content.replace(/(^|\s)#.*$/, "").trim() }))
    .filter(({ content }) => content !== "");
}

function addresses(content: string): URL[] {
  return [...content.matchAll(/(?:[a-z]+\+)?(?:https?|ssh|file|git):\/\/[^\s"';]+/gi)].flatMap(([address]) => {
    const readable = address.replace(/^[a-z]+\+/i, "").replaceAll(VARIABLE, "variable");
    return URL.canParse(readable) ? [new URL(readable)] : [];
  });
}

function whatIsWrong(content: string, found: readonly URL[]): string | undefined {
  if (/(?:^|@\s*)(?:git|hg|svn|bzr)\+|^git:/i.test(content))
    return "the address of a repository, and the sandbox's image has neither git nor another of its kind: name an archive (package @ https://…/v1.2.zip), or make an image of your own";
  if (hasSecret(content)) {
    const host = found.find(({ username }) => username !== "")?.host;
    return `a user name or a password${host === undefined ? "" : ` for ${host}`}, which everyone could read in the cluster and in Terraform's state: write it as \${NAME} and give the sandbox that variable in component_settings.sandbox.secret_environment`;
  }
  const option = /^(--?[a-z-]+)/i.exec(content)?.[1];
  if (option === undefined) return wrongRequirement(content);
  if (READS_FILES.includes(option))
    return `${option}, which reads another file that the sandbox does not have: write its lines here`;
  if (EDITABLE.includes(option)) return `${option}, which takes a directory that the sandbox does not have`;
  const known = Object.hasOwn(OPTIONS, option)
    ? option
    : content.slice(0, 2) in OPTIONS
      ? content.slice(0, 2)
      : undefined;
  if (known === undefined) return `${option}, an option that pip does not take in a file`;
  const value = content.slice(known.length).replace(/^[\s=]+/, "");
  if (OPTIONS[known] !== (value !== "")) return `${known} ${value === "" ? "without" : "with"} a value`;
  if ((known === "-f" || known === "--find-links") && found.length === 0)
    return `${known} with a directory, which the sandbox does not have`;
  if (/index-url|pypi-url|^-i$/.test(known) && found.length === 0) return `${known} without an address`;
  return undefined;
}

function wrongRequirement(content: string): string | undefined {
  if (/^(\.{0,2}\/|~|file:)/i.test(content) || /@\s*file:/i.test(content) || isArchive(content))
    return "a file or a directory, which the sandbox does not have";
  if (/^https?:\/\//i.test(content)) return undefined;
  return isRequirement(content) ? undefined : "something that is not a requirement of pip's";
}

function isRequirement(content: string): boolean {
  const [words = ""] = content.replace(OWN_OPTIONS, "").split(";");
  // A name and another word are not one name.
  if (/^[\w.-]+\s+\w/.test(words)) return false;
  const text = words.replace(/\s+/g, "");
  const name = NAME.exec(text)?.[0] ?? "";
  const rest = text.slice(name.length);
  return name !== "" && (rest === "" || /^@https?:\/\//i.test(rest) || VERSIONS.test(rest.replace(/^\((.*)\)$/, "$1")));
}

function isArchive(content: string): boolean {
  return !/:\/\//.test(content) && /\.(whl|zip|tar\.gz|tgz|tar\.bz2)(\s|$)/i.test(content);
}

/** Whether a line has credentials themselves: what pip puts in from the environment is none. */
function hasSecret(content: string): boolean {
  return [...content.matchAll(/:\/\/([^/\s@?#]*)@/g)].some(([, credentials = ""]) => {
    const [user = "", ...more] = credentials.split(":");
    const password = more.join(":");
    const secret = password === "" ? user : password;
    return secret !== "" && !/^(?:\$\{[A-Z0-9_]+\})+$/.test(secret);
  });
}

/** Whether every pod gets the same version, whenever it starts. */
function isPinned(content: string): boolean {
  return (
    /===?\s*[^*\s,;]+(\s|;|,|$|\))/.test(content.replace(/;.*$/, "")) ||
    /:\/\//.test(content) ||
    /--hash[\s=]/.test(content)
  );
}
