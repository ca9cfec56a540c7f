import { formatProblems, hasErrors } from "../../modules/dify-gke/problems";
import { checkRules } from "../../modules/dify-gke/rules";
import { readEnvironments } from "../../modules/dify-gke/variable-files";
import { printable } from "../../modules/dify-gke/printable";
import { withValues } from "../discover/edit";
import { readFileText, replaceText } from "../discover/write";
import type { Context } from "../terminal/command";
import { Console } from "../terminal/console";
import { all, raised } from "./numbers";
import { EXIT, type Options } from "./options";

/** The command. @returns the exit code */
export async function rotate(options: Options, { terminal, complain, signal }: Context): Promise<number> {
  const { environments, problems } = await readEnvironments({
    directory: options.directory,
    only: [options.environment],
  });
  if (hasErrors(problems)) complain(`${formatProblems(problems, { color: terminal.color })}\n`);
  const [environment] = environments;
  if (hasErrors(problems) || !environment) return EXIT.impossible;
  const { file, name, variables } = environment;
  const secrets = options.all ? all(name, variables, options.interrupting) : options.secrets;
  if (secrets.length === 0) {
    complain(
      "Every rotation in this environment refuses some requests: set internal_key_generation or redis_password_overlap_hours, or add --with-interruptions.\n",
    );
    return EXIT.impossible;
  }
  const rotation = raised(name, variables, secrets, options.afterLeak);
  if (typeof rotation === "string") {
    complain(`${printable(rotation)}\n`);
    return EXIT.impossible;
  }
  // A secret that is not there, for example: with the message that every other command has.
  const broken = checkRules({ ...environment, variables: { ...variables, ...rotation.values } });
  if (hasErrors(broken)) {
    complain(`${formatProblems(broken, { color: terminal.color })}\n`);
    return EXIT.impossible;
  }
  const output = new Console(terminal);
  const before = readFileText(file);
  const after = withValues(file, before.text, rotation.values);
  for (const note of rotation.notes) output.line(`! ${note}`);
  for (const [variable, value] of Object.entries(rotation.values))
    output.line(`${variable} in ${file}: ${JSON.stringify(value)}`);
  const agreed =
    options.yes || (output.interactive && (await output.confirm("Write that now?", signal).catch(() => undefined)));
  if (signal.aborted) return EXIT.interrupted;
  if (agreed !== true) return EXIT.done;
  if (!replaceText(file, before, after)) {
    complain(`Somebody has changed ${file} meanwhile. Run this again.\n`);
    return EXIT.impossible;
  }
  output.line(`${output.paint("green", "✓")} ${file}\n\nNext:\n  npm run synth`);
  for (const stack of [...(rotation.foundation ? [`dify-${name}-foundation`] : []), `dify-${name}`])
    output.line(`  terraform -chdir=cdktf.out/stacks/${stack} apply`);
  return EXIT.done;
}
