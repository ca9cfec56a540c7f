/** The value of an output that is off. Terraform ignores one that is JSON null; as an expression it is kept. */
export const OUTPUT_OFF = "${null}";

/**
 * Takes outputs that are off out of the list that CDKTF keeps for its command line: `cdktf deploy` and `cdktf output` crash for
 * one that is listed and not in the state, and Terraform writes none there that is null.
 */
export function withoutNullOutputs(stack: unknown): unknown {
  if (!isObject(stack) || !isObject(stack["//"])) return stack;
  const { output, "//": notes } = stack;
  const isOff = (name: unknown): boolean => {
    const found = isObject(output) && typeof name === "string" ? output[name] : undefined;
    return isObject(found) && found.value === OUTPUT_OFF;
  };
  const listed = (tree: unknown): unknown =>
    isObject(tree)
      ? Object.fromEntries(
          Object.entries(tree).flatMap(([id, below]) => (isOff(below) ? [] : [[id, listed(below)] as const])),
        )
      : tree;
  return { ...stack, "//": { ...notes, outputs: listed(notes.outputs) } };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
