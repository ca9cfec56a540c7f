import { styleText } from "node:util";

/** Formats of Node's own table. */
export type Format = Parameters<typeof styleText>[0];

/** @returns whether text for a stream may be coloured: on a terminal, unless NO_COLOR is set (https://no-color.org) */
export function takesColor(stream: Pick<NodeJS.WriteStream, "isTTY">, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY && !env.NO_COLOR;
}

/** @returns the text, formatted if colors are allowed */
export function paint(color: boolean, format: Format, text: string): string {
  // The caller has checked its stream; Node would check the standard output.
  return color ? styleText(format, text, { validateStream: false }) : text;
}
