import type { EffectCases } from "./effect-case";
import { casesOf, type Effect, effectOf, kindsByVariable } from "./measure";
import { variableOf } from "./paths";
import documented from "../../../scripts/docs/effects.json";

/** Tests that each of the values counts, and that the reference page knows what it changes. */
export function holdEffects(effects: EffectCases): void {
  const measured = new Map<unknown, Effect>();
  const measure: typeof effectOf = (path, one) => {
    const effect = measured.get(one) ?? effectOf(path, one);
    measured.set(one, effect);
    return effect;
  };

  test.each(Object.keys(effects))("%s changes a stack, or a rule says that it does not", (path) => {
    for (const one of casesOf(effects, path)) {
      const { rules, kinds } = measure(path, one);
      // The case itself, for the message.
      expect({ ...one, silent: rules.length + kinds.length === 0 }).toEqual({ ...one, silent: false });
    }
  });

  test("docs/variables.md says which kinds of resources they change (npm run effects)", () => {
    const names = new Set(Object.keys(effects).map(variableOf));
    const own = Object.fromEntries(Object.entries(documented).filter(([name]) => names.has(name)));
    expect(own).toEqual(kindsByVariable(effects, measure));
  });
}
