import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { check } from "../check/check";

/** A typical mistake, with the files that show it. */
interface Mistake {
  readonly title: string;
  /** By name: `dev` stands for `variables/dev.tfvars`. */
  readonly files: Readonly<Record<string, string>>;
}

const GOOD = `project_id                  = "my-project"
require_services_gcp_module = false
`;

/** Ten typical mistakes. */
export const mistakes: readonly Mistake[] = [
  { title: "A name that is misspelled", files: { dev: `${GOOD}regoin = "europe-west1"\n` } },
  {
    title: "A size without its unit, and a number that is a text",
    files: { dev: `${GOOD}memory_limit = "4GB"\nredis_port   = "6379/tcp"\n` },
  },
  {
    title: "Nothing said about shared services",
    files: { dev: 'project_id = "my-project"\n' },
  },
  {
    title: "A key of a model's provider in plain text",
    files: { dev: `${GOOD}environment_variables = {\n  OPENAI_API_KEY = "sk-proj-4f6a"\n}\n` },
  },
  {
    title: "A reference, as in Terraform's own files",
    files: { dev: `${GOOD}region     = "\${var.region}"\ndb_name    = lower("DIFY")\n` },
  },
  {
    title: "No file server, to save its cost",
    files: { dev: `${GOOD}enable_nfs = false\n` },
  },
  {
    title: "Scaled to zero at night",
    files: { dev: `${GOOD}min_instance_count = 0\nmax_instance_count = 3\n` },
  },
  {
    title: "Sign-in with Google, and no domain",
    files: { dev: `${GOOD}enable_iap           = true\niap_authorized_users = ["me@example.com"]\n` },
  },
  {
    title: "The newest version, whichever that is",
    files: { dev: `${GOOD}application_version = "latest"\n` },
  },
  {
    title: "A second environment on the first one's database",
    files: {
      dev: `${GOOD}network_name      = "shared"\nsql_instance_name = "shared-sql"\n`,
      prod: `${GOOD}network_name      = "shared"\nsql_instance_name = "shared-sql"\n`,
    },
  },
];

/** @returns what `npm run check` prints about the files, in a directory with nothing else */
export async function answerTo({ files }: Mistake): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "mistake-"));
  const before = process.cwd();
  const printed: string[] = [];
  const print = (text: string): void => void printed.push(text);
  try {
    mkdirSync(join(directory, "variables"));
    for (const [name, text] of Object.entries(files))
      writeFileSync(join(directory, "variables", `${name}.tfvars`), text);
    // The command uses the working directory.
    process.chdir(directory);
    await check([], {}, { color: false, print, complain: print });
  } finally {
    process.chdir(before);
    rmSync(directory, { recursive: true });
  }
  return printed.join("\n");
}
