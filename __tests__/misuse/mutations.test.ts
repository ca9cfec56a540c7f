import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { examine } from "../fuzz/examine";
import { kinds, type Kind } from "../fuzz/kinds";

const SEED = 20_260_101;
/** Its multiples are spread evenly between two whole numbers, however many there are. */
const GOLDEN_RATIO = (Math.sqrt(5) - 1) / 2;
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
    // Which pairs are tried changes with every new variable, so it goes on until one of each outcome was among them.
    for (let turn = 0; turn < count || (outcomes.size < 2 && turn < 10 * count); turn++) {
      const index = inputs.length === undefined ? turn : Math.floor(((turn * GOLDEN_RATIO) % 1) * inputs.length);
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
