import type { Precondition } from "cdktf";

/** @returns an expression without its `${}`, for use within another one */
export function bare(expression: string): string {
  return expression.replace(/^\$\{|\}$/g, "");
}

/**
 * @param text a text that may be an expression of the External Secrets Operator, which composes values that Terraform does not know
 * @param functions of Go's templates, applied to its result
 * @returns the expression with these functions; `undefined` for any other text
 * @see https://external-secrets.io/latest/guides/templating/
 */
export function piped(text: string, functions: string): string | undefined {
  return text.startsWith("{{ ") ? text.replace(/ \}\}$/, ` | ${functions} }}`) : undefined;
}

/**
 * @param value expression of a text
 * @param errorMessage the fact, its consequence, and what to do
 */
export function notEmpty(value: string, errorMessage: string): Precondition {
  return { condition: `\${(${bare(value)}) != ""}`, errorMessage };
}
