import { notYet } from "../../modules/dify-gke/rules/not-yet";
import { definitions } from "../../modules/dify-gke/variables";
import { effectCases, otherEffects } from "./effects";
import { holdEffects } from "./effects/hold";
import { effectOf, casesOf } from "./effects/measure";
import { pathsOf } from "./effects/paths";

/** Cannot change without `value`: the case of `tolerations` has both. */
const TOGETHER = ["component_settings{}", "additional_services[]", "initialization_jobs[]", "cron_jobs[]"].map(
  (list) => `${list}.tolerations[].operator`,
);

/** Whether any value of a list is refused until its feature is there: then its fields have nothing to do either. */
function refusedAsAWhole(name: string): boolean {
  const own = casesOf(effectCases, name);
  return (
    notYet.some(({ variable }) => variable === name) &&
    own.length > 0 &&
    own.every((one) => effectOf(name, one).rules.some((id) => id.startsWith("not-yet-")))
  );
}

test("every variable, and every field of an object, has a value that has to count", () => {
  const missing = definitions.flatMap((definition) =>
    pathsOf(definition).filter(
      (path) =>
        !(path in effectCases) &&
        !TOGETHER.includes(path) &&
        (path === definition.name || !refusedAsAWhole(definition.name)),
    ),
  );
  expect(missing).toEqual([]);
  const all = new Set(definitions.flatMap(pathsOf));
  expect(Object.keys(effectCases).filter((path) => !all.has(path))).toEqual([]);
});

holdEffects(otherEffects);
