/** @returns values by name with labels, of Prometheus' text format; a line that is none is a mistake */
export function series(text: string): ReadonlyMap<string, number> {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line) => {
      const [, name = "", value = ""] = /^([a-z_]+(?:\{.*\})?) ([-+.\deE]+|NaN|[+-]Inf)$/.exec(line) ?? [];
      if (name === "") throw new Error(`no sample: ${line}`);
      return [name, Number(value)];
    }),
  );
}
