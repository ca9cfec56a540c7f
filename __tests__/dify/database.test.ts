import { difyOf } from "../../modules/dify-gke/dify";
import { extensionRules } from "../../modules/dify-gke/rules/extensions";
import { type Given, variablesOf } from "../terraform/synth";
import { testBindings } from "./components";

/** @returns the environment of a job */
function jobEnvironment(name: string, given: Given): Readonly<Record<string, string>> {
  const job = difyOf(variablesOf(given)).jobs.find((candidate) => candidate.name === name);
  if (!job) throw new Error(`There is no job ${name}`);
  return job.environment?.(testBindings) ?? {};
}

describe("extensions", () => {
  test.each<[string, Given, string]>([
    ["only Dify's own", {}, "uuid-ossp vector"],
    ["the user's after them, each once", { postgres_extensions: ["vector", "pg_trgm"] }, "uuid-ossp vector pg_trgm"],
    [
      "none of a list that is off",
      { postgres_extensions: ["pg_trgm"], enable_postgres_extensions: false },
      "uuid-ossp vector",
    ],
  ])("%s are created in the main database", (_, given, expected) => {
    const environment = jobEnvironment("db-init", { enable_postgres_extensions: true, ...given });
    expect(environment.POSTGRES_EXTENSIONS).toBe(expected);
    expect(environment.ADDITIONAL_EXTENSIONS).toBe("uuid-ossp");
  });

  test.each([
    ["pgvector", "vector"],
    ["postgresql_anonymizer", "anon"],
    ["pg_tgrm", "pg_trgm"],
  ])("%s is refused, and %s is meant", (written, meant) => {
    const offered = extensionRules.find(({ id }) => id === "extensions-offered");
    const variables = variablesOf({});
    expect(offered?.brokenBy({ ...variables, postgres_extensions: [written] }, new Set(), "dev")).toEqual([written]);
    expect(offered?.message(variables, written)).toContain(`Did you mean "${meant}"?`);
  });
});
