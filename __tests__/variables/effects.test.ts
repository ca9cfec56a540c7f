import { definitions } from "../../modules/dify-gke/variables";
import { effectCases, otherEffects } from "./effects";
import { holdEffects } from "./effects/hold";
import { pathsOf } from "./effects/paths";

/** Cannot change without `value`: the case of `tolerations` has both. */
const TOGETHER = ["component_settings{}", "additional_services[]", "initialization_jobs[]", "cron_jobs[]"].map(
  (list) => `${list}.tolerations[].operator`,
);

test("every variable, and every field of an object, has a value that has to count", () => {
  const missing = definitions.flatMap((definition) =>
    pathsOf(definition).filter((path) => !(path in effectCases) && !TOGETHER.includes(path)),
  );
  expect(missing).toEqual([]);
  const all = new Set(definitions.flatMap(pathsOf));
  expect(Object.keys(effectCases).filter((path) => !all.has(path))).toEqual([]);
});

holdEffects(otherEffects);
