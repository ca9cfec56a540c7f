/**
 * Text that Terraform is to leave alone: in its strings, `${` and `%{` begin an expression.
 * @returns the text with both escaped
 */
export function literal(text: string): string {
  return text.replace(/[$%](?=\{)/g, "$&$&");
}

/** The same for every string in a value, however deep. */
export function literals<T>(value: T): T {
  if (typeof value === "string") return literal(value) as T;
  if (Array.isArray(value)) return value.map(literals) as T;
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, field]) => [literal(key), literals(field)])) as T;
  }
  return value;
}
