import { extensionsByOtherName, flagOfExtension, sqlExtensions } from "../../app-gke/google/sql-extensions";
import type { Variables } from "../variables";
import { nearest } from "../variables/mention";
import { DOCUMENTATION, duplicates, GOOGLE, type Rule } from "./rule";

const enabled: Rule = {
  id: "extensions-enabled",
  what: "Other extensions than vector in `postgres_extensions` while `enable_postgres_extensions` is false",
  why: "They would not be created.",
  risk: "Low",
  severity: "warning",
  variables: ["postgres_extensions", "enable_postgres_extensions"],
  source: DOCUMENTATION,
  brokenBy: (v) => v.postgres_extensions.some((name) => name !== "vector") && !v.enable_postgres_extensions,
  message: () =>
    "postgres_extensions names others than vector, and enable_postgres_extensions is false: they would not be created. Set enable_postgres_extensions = true, or take them out: vector is always created.",
};

const offered: Rule = {
  id: "extensions-offered",
  what: "An extension in `postgres_extensions` that Cloud SQL does not offer",
  why: "The first job would fail, and with it the apply.",
  risk: "High",
  severity: "error",
  variables: ["postgres_extensions"],
  source: GOOGLE,
  brokenBy: (v) => [...new Set(v.postgres_extensions.filter((name) => !sqlExtensions.includes(name)))],
  message: (_, subject) => {
    const near = extensionsByOtherName[subject] ?? nearest(subject, sqlExtensions);
    return `postgres_extensions names "${subject}", and Cloud SQL offers no extension of that name: the job that creates it would fail, and with it the apply.${near === undefined ? "" : ` Did you mean "${near}"?`} Take it out, or name one of those that https://cloud.google.com/sql/docs/postgres/extensions lists.`;
  },
};

/** Extensions whose library the instance has to load first: nothing is known of the flags of a named instance. */
function withoutFlag(v: Variables): readonly string[] {
  if (!v.enable_postgres_extensions || v.sql_instance_name !== "") return [];
  const isOn = (flag: string): boolean => /^(on|true|1|yes)$/i.test(v.sql_database_flags[flag] ?? "");
  return [
    ...new Set(
      v.postgres_extensions.filter((name) => {
        const flag = flagOfExtension[name];
        return flag !== undefined && !isOn(flag);
      }),
    ),
  ];
}

const flags: Rule = {
  id: "extensions-without-flag",
  what: "An extension in `postgres_extensions` that needs a database flag, for a new instance",
  why: "Without the flag, the first job would fail, and with it the apply.",
  risk: "High",
  severity: "error",
  variables: ["postgres_extensions", "enable_postgres_extensions", "sql_instance_name", "sql_database_flags"],
  source: GOOGLE,
  brokenBy: withoutFlag,
  message: (_, subject) =>
    `postgres_extensions names "${subject}", which Cloud SQL creates only on an instance with the database flag ${flagOfExtension[subject] ?? ""}, and sql_database_flags does not turn it on: the job that creates it would fail, and with it the apply. Set sql_database_flags = { "${flagOfExtension[subject] ?? ""}" = "on" }, which restarts the instance, or take the extension out.`,
};

const once: Rule = {
  id: "extensions-once",
  what: "An extension that is twice in `postgres_extensions`",
  why: "It is created once.",
  risk: "Low",
  severity: "warning",
  variables: ["postgres_extensions"],
  source: GOOGLE,
  brokenBy: (v) => duplicates(v.postgres_extensions),
  message: (_, subject) =>
    `postgres_extensions names "${subject}" more than once, and it is created once. Take the others out.`,
};

export const extensionRules: readonly Rule[] = [enabled, offered, flags, once];
