import type { Precondition } from "cdktf";

/** @returns an expression without its `${}`, for use within another one */
export function bare(expression: string): string {
  return expression.replace(/^\$\{|\}$/g, "");
}

/**
 * @param value expression of a text
 * @param errorMessage the fact, its consequence, and what to do
 */
export function notEmpty(value: string, errorMessage: string): Precondition {
  return { condition: `\${(${bare(value)}) != ""}`, errorMessage };
}
