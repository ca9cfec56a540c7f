import { spawn } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { brief, Playground } from "./stub";

let playground: Playground;

beforeEach(() => {
  playground = new Playground();
});

afterEach(() => {
  playground.remove();
});

test("Ctrl-C reaches terraform once, is waited for, and the way on is said", async () => {
  writeFileSync(join(playground.bin, "wait"), "");
  const args = ["--import", "tsx", "scripts/acceptance.ts", "dev", "--yes", ...playground.arguments];
  const child = spawn(process.execPath, args, { cwd: resolve(__dirname, "..", ".."), env: playground.env });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  const ended = new Promise<number | null>((done) => {
    child.on("close", done);
  });
  while (!existsSync(join(playground.bin, "waiting")) && child.exitCode === null) await sleep(50);
  child.kill("SIGINT");
  child.kill("SIGINT");
  expect(await ended).toBe(130);
  expect(output).toContain("Stopping: Terraform finishes what it has started");
  expect(output).toContain("Interrupted.");
  expect(output).toContain("1 resource exists");
  expect(output).toContain("npm run acceptance -- dev --resume --yes");
  expect(output).toContain("npm run acceptance -- dev --destroy-only --yes");
  const calls = playground.calls();
  expect(calls.filter((call) => call === "INT")).toHaveLength(1);
  expect(brief(calls)).toEqual(["dify-dev-foundation init", "dify-dev init", "dify-dev-foundation apply", "INT"]);

  rmSync(join(playground.bin, "wait"));
  expect((await playground.run(["dev", "--yes", "--destroy-only"])).code).toBe(0);
});
