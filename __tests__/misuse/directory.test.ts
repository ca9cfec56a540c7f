import { commandLine as acceptance } from "../../scripts/acceptance/options";
import { commandLine as adopt } from "../../scripts/adopt/options";
import { commandLine as day2 } from "../../scripts/day2/options";
import { commandLine as handover } from "../../scripts/handover/options";
import { commandLine as restore } from "../../scripts/restore/options";
import { commandLine as rotate } from "../../scripts/rotate/options";
import type { Context } from "../../scripts/terminal/command";
import { variablesDirectory } from "../../scripts/terminal/usage";

const COMMANDS: Readonly<Record<string, (context: Context) => { readonly directory: string } | number>> = {
  acceptance: (context) => acceptance(["dev"], context),
  adopt: (context) => adopt(["dev"], context),
  day2: (context) => day2(["dev", "status"], context),
  handover: (context) => handover(["dev", "network"], context),
  restore: (context) => restore(["dev", "--list"], context),
  rotate: (context) => rotate(["dev", "keys"], context),
};

function context(env: NodeJS.ProcessEnv): Context {
  return {
    env,
    terminal: {
      write: () => undefined,
      interactive: false,
      color: false,
      columns: 80,
      ask: () => Promise.resolve(undefined),
    },
    complain: () => undefined,
    signal: new AbortController().signal,
  };
}

test.each(Object.entries(COMMANDS))("%s takes an empty DIFY_VARIABLES for none, as a synth does", (_, run) => {
  expect(run(context({ DIFY_VARIABLES: "" }))).toMatchObject({ directory: "variables" });
  expect(run(context({ DIFY_VARIABLES: "files" }))).toMatchObject({ directory: "files" });
});

test("--directory comes before DIFY_VARIABLES", () => {
  expect(variablesDirectory({ DIFY_VARIABLES: "files" }, "others")).toBe("others");
});
