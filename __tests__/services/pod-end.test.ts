import { readFileSync } from "node:fs";
import { join } from "node:path";
import { podSpecs, synthesize } from "../dify/synthesize";
import { run } from "./processes";
import { describeWith, tools } from "./require";

/** The hook as the pods have it. */
function hookOf(component: string): string {
  const [proxy] = podSpecs(synthesize().application)[component]?.container ?? [];
  const hook = (proxy as { lifecycle?: { pre_stop?: { exec: { command: string[] } }[] } } | undefined)?.lifecycle
    ?.pre_stop?.[0]?.exec.command;
  expect(hook?.slice(0, 2)).toEqual(["sh", "-c"]);
  return hook?.[2] ?? "";
}

test("the Auth Proxy's hook is nothing that Terraform would evaluate", () => {
  expect(readFileSync(join(__dirname, "../../scripts/pods/wait-for-clients.sh"), "utf8")).not.toMatch(/[$%]\{/);
});

describeWith([tools.python], "the end of a pod", () => {
  test("the Auth Proxy stays until the API's streams, queries and the worker's broker are done", async () => {
    const program = join(__dirname, "pod-end.py");
    const { code, stdout, stderr } = await run("unshare", [
      "--map-root-user",
      "--net",
      "python3",
      program,
      hookOf("api"),
    ]);
    expect([code, stderr]).toEqual([0, ""]);
    expect(stdout.trim().split("\n")).toEqual([
      "everything: waits",
      "a stream, a query and the broker: waits",
      "a query and the broker: waits",
      "the broker: waits",
      "the proxy alone: ended with 0",
    ]);
  });
});
