import type { VariableName, Variables } from "../variables";
import { DESIGN, type Rule } from "./rule";

/** Variables with the environment variable of Dify's that they set, where the file may set that as well. */
const SETS: readonly (readonly [variable: VariableName, environment: string])[] = [
  ["upload_file_size_limit_mb", "UPLOAD_FILE_SIZE_LIMIT"],
  ["enable_marketplace", "MARKETPLACE_ENABLED"],
  ["log_format", "LOG_OUTPUT_FORMAT"],
  ["enable_tracing", "ENABLE_OTEL"],
  ["trace_sampling_rate", "OTEL_SAMPLING_RATE"],
];

/** Where an environment variable may stand, as a message begins with it. */
function places(v: Variables, name: string): readonly string[] {
  return [
    ...(Object.hasOwn(v.environment_variables, name) ? [`environment_variables has ${name}`] : []),
    ...(Object.hasOwn(v.secret_environment_variables, name) ? [`secret_environment_variables has ${name}`] : []),
    ...(v.explicit_secret_names.includes(name) ? [`explicit_secret_names has ${name}`] : []),
    ...Object.entries(v.component_settings)
      .filter(([, { environment, secret_environment }]) => name in environment || name in secret_environment)
      .map(([component]) => `component_settings has ${name} for ${component}`),
  ];
}

const once: Rule = {
  id: "setting-said-once",
  what: "A variable next to the environment variable of Dify's that it sets",
  why: "The environment variable counts, and the variable has no effect on what gets it.",
  risk: "Medium",
  severity: "warning",
  variables: [
    "environment_variables",
    "secret_environment_variables",
    "explicit_secret_names",
    "component_settings",
    "upload_file_size_limit_mb",
    "enable_marketplace",
    "log_format",
    "enable_tracing",
    "trace_sampling_rate",
  ],
  source: DESIGN,
  brokenBy: (v, given) =>
    SETS.filter(([variable]) => given.has(variable)).flatMap(([variable, name]) =>
      places(v, name).map(
        (place) =>
          `${place}, which counts instead of ${variable}: what gets it does not do what ${variable} says, and the rest of this project does. Take ${name} out.`,
      ),
    ),
  message: (_, subject) => subject,
};

export const saidOnceRules: readonly Rule[] = [once];
