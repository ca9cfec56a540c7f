import { join } from "node:path";
import { preparedPython } from "./services/prepared-python";
import type { Result } from "./services/processes";
import { path, tools } from "./services/require";

const TOKEN = "very-secret-token";

export interface GoogleScript {
  /** File in `scripts/google`: `service_mesh.py`. */
  readonly file: string;
  /** How the names of its variables begin. */
  readonly prefix: string;
  readonly action: string;
  /** Of the API that answers. */
  readonly address: string;
  readonly settings: object;
  /** Further variables. @default {} */
  readonly more?: Readonly<Record<string, string>>;
}

/** Runs a script for Google's APIs without a stack, and without waiting between its questions. Its token is in nothing that it says. */
export async function runGoogleScript({
  file,
  prefix,
  action,
  address,
  settings,
  more,
}: GoogleScript): Promise<Result> {
  const result = await preparedPython(path(tools.python))([join(__dirname, "../scripts/google", file), action], {
    env: {
      [`${prefix}_API`]: address,
      [`${prefix}_TOKEN`]: TOKEN,
      [`${prefix}_PAUSE`]: "0",
      [`${prefix}_SETTINGS`]: JSON.stringify(settings),
      ...more,
    },
  });
  expect(result.stdout + result.stderr).not.toContain(TOKEN);
  return result;
}
