import type { LocalExecProvisioner } from "cdktf";
import { literal } from "../terraform/literal";
import { projectFile } from "../terraform/project-file";

/** How the names of a script's variables begin. */
export type RestScriptPrefix =
  | "AUDIT"
  | "BACKUPS"
  | "BINAUTHZ"
  | "FLEET"
  | "IMAGE_BUILD"
  | "MEMORYSTORE"
  | "OPERATORS"
  | "PERIMETER"
  | "UPSTREAMS";

export interface RestScriptOptions {
  /** File in `scripts/google/`: `audit_config.py`. */
  readonly file: string;
  readonly prefix: RestScriptPrefix;
  readonly action: string;
  /** Whether it runs when its resource is destroyed, where Terraform has no token to give. @default false */
  readonly atDestroy?: boolean;
  /** Expression of an access token. @default - the script gets one itself */
  readonly token?: string;
  /** Project whose quota requests count against. @default - that of the credentials */
  readonly quotaProject?: string;
  /** Another file there that it imports: `fleet_feature.py`. @default - none */
  readonly module?: string;
  /** Further variables, by what follows the prefix: `PREVIOUS`. @default {} */
  readonly more?: Readonly<Record<string, string>>;
}

/** What the script imports is passed as text, too, because the stack's folder has no file but `cdk.tf.json`. */
function runWith(module: string | undefined): string {
  const name = module?.replace(/\.py$/, "");
  return [
    "import os, sys, types",
    'rest = types.ModuleType("google_rest")',
    'exec(os.environ["GOOGLE_REST"], vars(rest))',
    'sys.modules["google_rest"] = rest',
    ...(name === undefined
      ? []
      : [
          `module = types.ModuleType("${name}")`,
          'exec(os.environ["MODULE"], vars(module))',
          `sys.modules["${name}"] = module`,
        ]),
    'exec(os.environ["SCRIPT"])',
  ].join("; ");
}

/**
 * Runs a script for a change that no resource of the provider makes safely, with the settings in its resource's `input`. The script
 * is passed in a variable: as the command, it would be repeated in front of every error.
 */
export function restScript({
  file,
  prefix,
  action,
  atDestroy,
  token,
  quotaProject,
  module,
  more = {},
}: RestScriptOptions): LocalExecProvisioner {
  return {
    type: "local-exec",
    ...(atDestroy ? { when: "destroy" } : {}),
    interpreter: ["python3", "-c"],
    command: runWith(module),
    environment: {
      GOOGLE_REST: literal(projectFile("scripts/google/google_rest.py")),
      ...(module === undefined ? {} : { MODULE: literal(projectFile(`scripts/google/${module}`)) }),
      SCRIPT: literal(projectFile(`scripts/google/${file}`)),
      [`${prefix}_ACTION`]: action,
      [`${prefix}_SETTINGS`]: "${jsonencode(self.input)}",
      ...Object.fromEntries(Object.entries(more).map(([name, text]) => [`${prefix}_${name}`, text])),
      ...(quotaProject === undefined ? {} : { [`${prefix}_QUOTA_PROJECT`]: quotaProject }),
      ...(token === undefined ? {} : { [`${prefix}_TOKEN`]: token }),
    },
  };
}
