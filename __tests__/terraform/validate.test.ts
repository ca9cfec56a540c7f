import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { hash } from "../../modules/app-gke/installation";
import { type Case, CASES } from "./cases";
import { synth } from "./synth";
import { borrow, type Diagnostic, fetchProviders, type Providers, validate } from "./terraform";

const { required_version, required_providers } = synth().application.terraform;
const ofOperators = synth({ install_operators: ["external-secrets"] }).operators?.terraform.required_providers;
/** Where one is missing that only operators need, everything else is validated all the same. */
const all = fetchProviders({
  required_version,
  required_providers: { ...(required_providers as object), ...(ofOperators as object) },
});
const providers = "missing" in all ? fetchProviders({ required_version, required_providers }) : all;
const directory = mkdtempSync(join(tmpdir(), "validate-"));

if ("missing" in providers) {
  console.warn(
    `The stacks are NOT validated with Terraform: ${providers.missing}. These tests need terraform >= 1.11 on the PATH ` +
      `and registry.terraform.io, or a mirror of it: a provider_installation block in the file that ` +
      `TF_CLI_CONFIG_FILE names (https://developer.hashicorp.com/terraform/cli/config/config-file).`,
  );
}

if ("missing" in all && !("missing" in providers))
  console.warn(`The stacks of operators are NOT validated with Terraform: ${all.missing}.`);

afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
  if ("directory" in providers) rmSync(providers.directory, { recursive: true, force: true });
});

/** What Terraform says about each case. All are begun with the first: while it looks at one, the next is synthesized. */
class Validations {
  private readonly answers = new Map<string, Promise<readonly Diagnostic[]>>();
  /** By content: most variants share their foundation with others. */
  private readonly byContent = new Map<string, Promise<readonly Diagnostic[]>>();
  private readonly running = new Set<Promise<unknown>>();

  constructor(private readonly providers: Providers) {
    let previous: Promise<unknown> = Promise.resolve();
    for (const [name, add] of CASES) {
      const answer = previous.then(() => this.start(name, add));
      const done = answer.then((all) => Promise.all(all)).then((all) => all.flat());
      // The test that asks for the answer sees the failure.
      done.catch(() => undefined);
      this.answers.set(name, done);
      previous = answer.catch(() => undefined);
    }
  }

  async of(name: string): Promise<readonly Diagnostic[]> {
    const answer = this.answers.get(name);
    if (!answer) throw new Error(`There is no case ${name}`);
    return answer;
  }

  private async start(name: string, add: Case): Promise<readonly Promise<readonly Diagnostic[]>[]> {
    while (this.running.size >= availableParallelism()) await Promise.race(this.running);
    const app = new App({ outdir: join(directory, hash(name).slice(0, 12)), skipValidation: true });
    const { stacks, operators } = await add(app);
    app.synth();
    return stacks.flatMap((stack) =>
      stack === operators && "missing" in all ? [] : [this.diagnose(join(app.outdir, "stacks", stack.node.id))],
    );
  }

  private diagnose(stack: string): Promise<readonly Diagnostic[]> {
    const content = hash(readFileSync(join(stack, "cdk.tf.json"), "utf8"));
    const known = this.byContent.get(content);
    if (known) return known;
    borrow(this.providers, stack);
    const answer = validate(stack);
    this.byContent.set(content, answer);
    const slot = answer
      .catch(() => undefined)
      .finally(() => {
        this.running.delete(slot);
      });
    this.running.add(slot);
    return answer;
  }
}

let validations: Validations | undefined;

describe.each([...CASES.keys()])("%s", (name) => {
  if ("missing" in providers) {
    test.skip(`skipped: ${providers.missing}`, () => undefined);
    return;
  }
  test("is valid for Terraform", async () => {
    validations ??= new Validations(providers);
    expect(await validations.of(name)).toEqual([]);
  });
});
