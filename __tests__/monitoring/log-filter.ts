/** As Cloud Logging has it: https://cloud.google.com/logging/docs/reference/v2/rest/v2/LogEntry */
export type LogEntry = Readonly<Record<string, unknown>>;

type Test = (entry: LogEntry) => boolean;

const SEVERITIES = ["DEFAULT", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL", "ALERT", "EMERGENCY"];
const TOKEN = /\s*(?:(AND|OR|NOT)\b|([()])|(>=|=~|!=|=|:|>|<)|"((?:[^"\\]|\\.)*)"|([\w./%*-]+))/y;

/**
 * Reads the part of Cloud Logging's query language that filters here are written in, and no other: a mistake is an error.
 * @returns whether an entry is what the filter looks for
 * @see https://cloud.google.com/logging/docs/view/logging-query-language
 */
export function logFilter(text: string): Test {
  const tokens: { readonly kind: "word" | "bracket" | "sign" | "text" | "name"; readonly value: string }[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const at = TOKEN.lastIndex;
    const match = TOKEN.exec(text);
    if (!match) throw new Error(`Not a filter: ${text.slice(0, at)} >>> ${text.slice(at)}`);
    const kinds = ["word", "bracket", "sign", "text", "name"] as const;
    kinds.forEach((kind, index) => {
      const value = match[index + 1];
      if (value !== undefined) tokens.push({ kind, value: kind === "text" ? value.replace(/\\(.)/g, "$1") : value });
    });
  }
  let at = 0;
  const is = (value: string) => tokens[at]?.value === value && tokens[at]?.kind !== "text";
  const take = (value?: string) => {
    const token = tokens[at++];
    if (!token || (value !== undefined && token.value !== value)) {
      throw new Error(`${value ?? "more"} expected in ${text}, after ${JSON.stringify(tokens.slice(0, at))}`);
    }
    return token.value;
  };
  // OR binds closer than AND: https://cloud.google.com/logging/docs/view/logging-query-language#boolean-operators
  const all = (): Test => {
    const parts = [any()];
    while (is("AND")) {
      take();
      parts.push(any());
    }
    return (entry) => parts.every((part) => part(entry));
  };
  const any = (): Test => {
    const parts = [one()];
    while (is("OR")) {
      take();
      parts.push(one());
    }
    return (entry) => parts.some((part) => part(entry));
  };
  const one = (): Test => {
    if (is("NOT")) {
      take();
      const inner = one();
      return (entry) => !inner(entry);
    }
    if (is("(")) {
      take();
      const inner = all();
      take(")");
      return inner;
    }
    const field = take();
    if (field === "resource.type" && !is("=")) throw new Error(`Which resource.type? ${text}`);
    if (field === "log_id") {
      take("(");
      const id = take();
      take(")");
      return (entry) => String(entry["logName"]).endsWith(`/logs/${id.replaceAll("/", "%2F")}`);
    }
    // A key with dots in it is in quotation marks: labels."compute.googleapis.com/resource_name".
    const path = field.endsWith(".") ? [...field.split(".").slice(0, -1), take()] : field.split(".");
    const sign = take();
    const wanted = values();
    return (entry) => found(entry, path).some((value) => wanted.some((other) => holds(field, value, sign, other)));
  };
  const values = (): string[] => {
    if (!is("(")) return [take()];
    take();
    const list = [take()];
    while (!is(")")) {
      take("OR");
      list.push(take());
    }
    take(")");
    return list;
  };
  const whole = all();
  if (at < tokens.length) throw new Error(`${tokens[at]?.value ?? ""} is one too many in ${text}`);
  return whole;
}

/** The values of a field; of a list all of them. */
function found(value: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => found(item, path));
  const [key, ...rest] = path;
  if (key === undefined) return value === undefined ? [] : [value];
  return typeof value === "object" && value !== null ? found((value as LogEntry)[key], rest) : [];
}

function holds(field: string, value: unknown, sign: string, wanted: string): boolean {
  const rank = (text: unknown) => (field === "severity" ? SEVERITIES.indexOf(String(text)) : Number(text));
  if (field === "severity" && rank(wanted) < 0) throw new Error(`${wanted} is no severity`);
  switch (sign) {
    case "=":
      return String(value).toLowerCase() === wanted.toLowerCase();
    case "!=":
      return String(value).toLowerCase() !== wanted.toLowerCase();
    case ":":
      // A star asks whether there is any value.
      if (wanted === "*") return true;
      return String(value).toLowerCase().includes(wanted.toLowerCase());
    case "=~":
      return new RegExp(wanted).test(String(value));
    case ">":
      return rank(value) > rank(wanted);
    case ">=":
      return rank(value) >= rank(wanted);
    default:
      throw new Error(`What is ${sign}?`);
  }
}
