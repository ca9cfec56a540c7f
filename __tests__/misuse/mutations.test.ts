import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { examine } from "../fuzz/examine";
import { kinds, type Kind } from "../fuzz/kinds";

const SEED = 20_260_101;
const directory = mkdtempSync(join(tmpdir(), "mutations-"));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** A part of what `npm run fuzz` tries, the same every time: what is accepted is synthesized, which takes longer. */
const COUNTS: Readonly<Record<Kind, number>> = { mutations: 60, texts: 30, pairs: 6 };

test.each(Object.entries(COUNTS) as [Kind, number][])(
  "%s: accepted with stacks that everybody takes, or refused with a place, in plain text",
  async (kind, count) => {
    const inputs = kinds[kind](SEED);
    const outcomes = new Set<string>();
    for (let turn = 0; turn < count; turn++) {
      const index = inputs.length === undefined ? turn : Math.floor((turn * inputs.length) / count);
      const input = inputs.at(index);
      const { outcome, findings } = await examine(input, directory);
      outcomes.add(outcome);
      expect({ case: `${kind}:${index}`, what: input.what, findings }).toEqual({
        case: `${kind}:${index}`,
        what: input.what,
        findings: [],
      });
    }
    expect([...outcomes].sort()).toEqual(["accepted", "refused"]);
  },
);
