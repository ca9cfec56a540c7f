import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { preparedPython } from "./prepared-python";
import { removeDirectory, run, temporaryDirectory } from "./processes";
import { describeWith, path, tools } from "./require";

/** Says all that a script is started with, and where its output goes. */
const SAYS = `import os, sys, subprocess
print(sys.argv, __name__, globals().get("__file__"), sys.path[0], os.getcwd(), sys.stdin.read())
print(sorted(os.environ.items()), os.getenv("A"), file=sys.stderr)
print("buffered", end="")
sys.stdout.flush()
subprocess.run(["sh", "-c", "echo $A; echo error >&2"])
`;

describeWith([tools.python], "a script in a prepared Python is as in one that was started for it", () => {
  let directory: string;
  const file = (name: string, text: string): string => {
    writeFileSync(join(directory, name), text);
    return join(directory, name);
  };

  beforeAll(() => {
    directory = temporaryDirectory("prepared");
    file("neighbour.py", "VALUE = 1");
    file("elsewhere.py", "VALUE = 2");
  });

  afterAll(() => {
    removeDirectory(directory);
  });

  test.each([
    ["what it is given", SAYS, ["-x", "b c"]],
    ["modules next to it", "import neighbour; print(neighbour.VALUE)", []],
    ["an exit code", "import sys; sys.exit(3)", []],
    ["an exit with a message", "import sys; sys.exit('no')", []],
    ["what happens at the end", "import atexit; atexit.register(print, 'end'); print('now')", []],
    ["a signal", "import os; os.kill(os.getpid(), 15)", []],
    ["threads that still run", "import threading, time; threading.Timer(0.01, print, ['late']).start()", []],
  ])("%s", async (_, text, args) => {
    const script = file("script.py", text);
    const options = { env: { A: "ä", PATH: process.env.PATH, LC_ALL: "C.UTF-8" }, cwd: directory, input: "given" };
    const python = path(tools.python);
    for (const all of [
      [script, ...args],
      ["-c", text, ...args],
    ]) {
      expect(await preparedPython(python)(all, options)).toEqual(await run(python, all, options));
    }
  });

  test("an exception, modules of PYTHONPATH, and nothing of the run before", async () => {
    const python3 = preparedPython(path(tools.python));
    const text =
      "import os, elsewhere; print(elsewhere.VALUE, os.environ.pop('B')); os.open = None; raise OSError('no')";
    const once = (): ReturnType<typeof python3> => python3(["-c", text], { env: { PYTHONPATH: directory, B: "b" } });
    const said = { code: 1, stdout: "2 b\n", stderr: expect.stringMatching(/\nOSError: no\n$/) as string };
    expect(await Promise.all([once(), once()])).toEqual([said, said]);
  });
});
