import { styleText } from "node:util";

/** Formats of Node's own table. */
export type Format = Parameters<typeof styleText>[0];

/** @returns whether text for a stream may be coloured: on a terminal, unless NO_COLOR is set (https://no-color.org) */
export function takesColor(stream: Pick<NodeJS.WriteStream, "isTTY">, env: NodeJS.ProcessEnv): boolean {
  return stream.isTTY && !env.NO_COLOR;
}

/** @returns the text in a format where it may be coloured */
export function paint(color: boolean, format: Format, text: string): string {
  // Who calls has looked at the stream that it writes to; Node would look at the standard output.
  return color ? styleText(format, text, { validateStream: false }) : text;
}
