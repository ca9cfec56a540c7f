/**
 * Text that Terraform is to leave alone: in its strings, `${` and `%{` begin an expression.
 * @returns the text with both escaped
 */
export function literal(text: string): string {
  return text.replace(/[$%](?=\{)/g, "$&$&");
}
