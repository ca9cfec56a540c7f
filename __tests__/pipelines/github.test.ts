import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Playground } from "../delivery/stub";
import { example, notThere, ROOT } from "./examples";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly id?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}

interface Job {
  readonly needs?: string | readonly string[];
  readonly if?: string;
  readonly environment?: string;
  readonly permissions: Readonly<Record<string, string>>;
  readonly "timeout-minutes": number;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: object;
  readonly concurrency: { readonly group: string; readonly "cancel-in-progress": unknown };
  readonly jobs: Readonly<Record<string, Job>>;
}

const main = example<Workflow>("github/workflows/dify.yml");
const drift = example<Workflow>("github/workflows/dify-drift.yml");
const rotation = example<Workflow>("github/workflows/dify-rotate.yml");
const action = example<{
  readonly inputs: Readonly<Record<string, { readonly required?: boolean }>>;
  readonly runs: { readonly steps: readonly Step[] };
}>("github/actions/dify-terraform/action.yml");

const jobs = [main, drift, rotation].flatMap(({ jobs }) => Object.entries(jobs));
const steps = [...jobs.flatMap(([, job]) => job.steps), ...action.runs.steps];
const needed = ({ needs = [] }: Job): readonly string[] => (typeof needs === "string" ? [needs] : needs);

/** What a job may do, and with whose identity. */
const RIGHTS: Readonly<Record<string, readonly [permissions: object, environment?: string]>> = {
  synth: [{ contents: "read" }],
  plan: [{ contents: "read", "id-token": "write" }, "prod-plan"],
  comment: [{ contents: "read", "pull-requests": "write" }],
  "plan-foundation": [{ contents: "read", "id-token": "write" }, "prod-plan"],
  "apply-foundation": [{ contents: "read", "id-token": "write" }, "prod"],
  "plan-operators": [{ contents: "read", "id-token": "write" }, "prod-plan"],
  "apply-operators": [{ contents: "read", "id-token": "write" }, "prod"],
  "plan-application": [{ contents: "read", "id-token": "write" }, "prod-plan"],
  "apply-application": [{ contents: "read", "id-token": "write" }, "prod"],
  drift: [{ contents: "read", "id-token": "write" }, "prod-plan"],
  report: [{ contents: "read", issues: "write" }],
  raise: [{ contents: "read" }],
  branch: [{ contents: "write" }],
  propose: [{ "pull-requests": "write" }],
};

test.each(jobs)("%s has the rights that it needs, and no others", (name, job) => {
  expect([job.permissions, job.environment]).toEqual([RIGHTS[name]?.[0], RIGHTS[name]?.[1]]);
  expect(job["timeout-minutes"]).toBeGreaterThan(0);
});

test("no job has rights that none asked for, and none has Google's credentials and may write to GitHub", () => {
  for (const { permissions } of [main, drift, rotation]) expect(permissions).toEqual({});
  for (const [, { permissions }] of jobs) {
    const writes = Object.entries(permissions).filter(([, right]) => right === "write");
    expect(writes.length).toBeLessThan(2);
  }
});

test("every action is pinned by its commit, or is here", () => {
  const used = steps.flatMap(({ uses }) => uses ?? []);
  expect(used.length).toBeGreaterThan(10);
  for (const name of used) {
    if (name.startsWith("./.github/")) {
      const path = join(ROOT, "examples/pipelines/github", name.slice("./.github/".length), "action.yml");
      expect(existsSync(path)).toBe(true);
    } else expect(name).toMatch(/^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
  }
  // One version of each.
  const versions = new Set(used.map((name) => name.split("@")[0]));
  expect(new Set(used).size).toBe(versions.size);
});

test("what is called is there, and gets what it needs", () => {
  expect(notThere(steps.flatMap(({ run }) => run ?? []))).toEqual([]);
  const required = Object.entries(action.inputs).flatMap(([name, input]) => (input.required ? [name] : []));
  for (const step of steps.filter(({ uses }) => uses?.startsWith("./"))) {
    expect(Object.keys(step.with ?? {})).toEqual(expect.arrayContaining(required));
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(Object.keys(step.with ?? {})));
  }
});

test("no text of a pull request becomes part of a command, and no credentials are left in the checkout", () => {
  for (const { run = "", uses = "", with: inputs } of steps) {
    expect(run).not.toContain("${{");
    if (uses.startsWith("actions/checkout@")) expect(inputs).toMatchObject({ "persist-credentials": false });
  }
});

describe("what runs", () => {
  const REPOSITORY = "team/dify";
  type Result = "success" | "failure" | "skipped";

  /** @returns each job's end, with these outputs of jobs that plan and these that fail */
  function ends(
    workflow: Workflow,
    github: object,
    {
      changes = {},
      failing = [],
      operators = false,
    }: { changes?: Readonly<Record<string, string>>; failing?: readonly string[]; operators?: boolean } = {},
  ): Record<string, Result> {
    const done: Record<string, Result> = {};
    for (const [name, job] of Object.entries(workflow.jobs)) {
      const needs = Object.fromEntries(
        needed(job).map((other) => [
          other,
          { result: done[other], outputs: { changes: changes[other] ?? "", operators: String(operators) } },
        ]),
      );
      // GitHub looks at all jobs before it, not only at those that it names.
      const fine = before(workflow, job).every((other) => done[other] === "success");
      done[name] = !meets(job.if, { github, needs }, fine) ? "skipped" : failing.includes(name) ? "failure" : "success";
    }
    return done;
  }

  function before(workflow: Workflow, job: Job): string[] {
    return needed(job).flatMap((name) => [name, ...before(workflow, workflow.jobs[name] as Job)]);
  }

  /** A condition as GitHub reads it: one that asks for no status asks for success. */
  function meets(condition: string | undefined, contexts: { github: object; needs: object }, fine: boolean): boolean {
    const asked = condition ?? "true";
    const code = asked.replaceAll("==", "===").replace(/\bneeds\.([\w-]+)/g, 'needs["$1"]');
    // oxlint-disable-next-line typescript/no-implied-eval -- the file is this project's own
    const evaluate = new Function("github", "needs", "cancelled", `return ${code}`) as (...all: unknown[]) => boolean;
    if (!/\b(cancelled|always|failure|success)\(\)/.test(asked) && !fine) return false;
    return evaluate(contexts.github, contexts.needs, () => false);
  }

  const ran = (all: Record<string, Result>): string[] => Object.keys(all).filter((name) => all[name] !== "skipped");
  const pull = (from: string): object => ({
    event_name: "pull_request",
    repository: REPOSITORY,
    event: { pull_request: { head: { repo: { full_name: from } } } },
  });
  const push = { event_name: "push", repository: REPOSITORY, event: {} };

  test("a pull request is planned and commented on, and nothing is applied", () => {
    expect(ran(ends(main, pull(REPOSITORY), { changes: { plan: "true" } }))).toEqual(["synth", "plan", "comment"]);
    expect(ran(ends(main, pull(REPOSITORY), { failing: ["plan"] }))).toEqual(["synth", "plan"]);
  });

  test("one from a fork is only synthesized: it gets no credentials", () => {
    const jobsThatRan = ran(ends(main, pull("stranger/dify"), { changes: { plan: "true" } }));
    expect(jobsThatRan).toEqual(["synth"]);
    expect(main.jobs.synth?.permissions).toEqual({ contents: "read" });
    // These run with the rights of the repository, for everybody.
    expect(Object.keys(main.on)).toEqual(["pull_request", "push"]);
    expect(Object.keys(drift.on)).toEqual(["schedule", "workflow_dispatch"]);
    expect(Object.keys(rotation.on)).toEqual(["schedule", "workflow_dispatch"]);
  });

  const NOTHING = { "plan-foundation": "false", "plan-application": "false" };

  test("a merge without changes applies nothing, and nobody is asked", () => {
    expect(ran(ends(main, push, { changes: NOTHING }))).toEqual(["synth", "plan-foundation", "plan-application"]);
  });

  test("a merge with changes in both applies the foundation before the application is planned", () => {
    const changes = { "plan-foundation": "true", "plan-application": "true" };
    expect(ran(ends(main, push, { changes }))).toEqual([
      ...["synth", "plan-foundation", "apply-foundation", "plan-application", "apply-application"],
    ]);
    expect(needed(main.jobs["plan-application"] as Job)).toContain("apply-foundation");
  });

  test("a merge with changes in the application alone applies that", () => {
    const changes = { ...NOTHING, "plan-application": "true" };
    expect(ran(ends(main, push, { changes })).at(-1)).toBe("apply-application");
  });

  test("operators come between the two, where there are any", () => {
    const all = { "plan-foundation": "true", "plan-operators": "true", "plan-application": "true" };
    const order = [
      "synth",
      ...["foundation", "operators", "application"].flatMap((stack) => [`plan-${stack}`, `apply-${stack}`]),
    ];
    expect(ran(ends(main, push, { changes: all, operators: true }))).toEqual(order);
    expect(needed(main.jobs["plan-application"] as Job)).toContain("apply-operators");
    expect(ran(ends(main, push, { changes: { ...NOTHING, "plan-operators": "true" }, operators: true }))).toEqual([
      ...["synth", "plan-foundation", "plan-operators", "apply-operators", "plan-application"],
    ]);
  });

  test.each(["synth", "plan-foundation", "apply-foundation", "plan-operators", "apply-operators", "plan-application"])(
    "after a failed %s nothing is applied",
    (name) => {
      const changes = { "plan-foundation": "true", "plan-operators": "true", "plan-application": "true" };
      const order = Object.keys(main.jobs);
      const after = ran(ends(main, push, { changes, failing: [name], operators: true })).filter(
        (job) => order.indexOf(job) > order.indexOf(name),
      );
      expect(after).toEqual([]);
    },
  );

  test("drift is reported; after an error, which is none, no issue is touched", () => {
    expect(ran(ends(drift, {}, { changes: { drift: "true" } }))).toEqual(["synth", "drift", "report"]);
    expect(ran(ends(drift, {}, { failing: ["drift"] }))).toEqual(["synth", "drift"]);
    const conditions = (drift.jobs.report?.steps ?? []).flatMap((step) => (step.run ? [[step.if, step.run]] : []));
    expect(conditions).toEqual([
      ["needs.drift.outputs.changes == 'true'", expect.stringContaining("report.sh issue ")],
      ["needs.drift.outputs.changes == 'false'", expect.stringContaining("report.sh close ")],
    ]);
  });

  test("one apply waits for the other, and is never broken off", () => {
    const group = (workflow: Workflow, github: object): unknown => {
      const [, code = ""] = /^\$\{\{(.*)\}\}$/.exec(workflow.concurrency.group) ?? [];
      // oxlint-disable-next-line typescript/no-implied-eval -- the file is this project's own
      const evaluate = new Function("github", "format", `return ${code.replaceAll("==", "===")}`) as (
        ...all: unknown[]
      ) => unknown;
      return evaluate(github, (text: string, number: number) => text.replace("{0}", String(number)));
    };
    expect(group(main, push)).toBe("dify-prod");
    expect(group(main, { event_name: "pull_request", event: { number: 7 } })).toBe("dify-prod-pull-7");
    expect(main.concurrency["cancel-in-progress"]).toBe("${{ github.event_name == 'pull_request' }}");
    // A waiting run of the same group would be given up for the nightly one.
    expect(drift.concurrency).toEqual({ group: "dify-prod-drift", "cancel-in-progress": false });
  });
});

describe("the step with Terraform", () => {
  const step = action.runs.steps.find(({ id }) => id === "terraform");
  let playground: Playground;

  beforeEach(() => {
    playground = new Playground("../../examples/pipelines/terraform.sh");
    playground
      .file("examples/pipelines/terraform.sh", '#!/bin/sh\necho "$@" >>asked\n. ./answer\n')
      .file("plans/left.txt", "")
      .file("answer", "");
  });
  afterEach(() => {
    playground.remove();
  });

  /** Runs it as GitHub does. */
  function terraform(command: string, answer: string): Promise<{ readonly code: number; readonly output: string }> {
    playground.file("answer", answer).file("output").file("summary");
    return new Promise((resolve) => {
      const env = {
        ...{ PATH: process.env.PATH, COMMAND: command, NAMES: "dify-prod-foundation dify-prod" },
        ...{ GITHUB_OUTPUT: "output", GITHUB_STEP_SUMMARY: "summary" },
      };
      execFile(
        "bash",
        ["--noprofile", "--norc", "-e", "-o", "pipefail", "-c", `${step?.run ?? ""}\ncat output`],
        { cwd: playground.repository, env },
        (error, stdout) => {
          resolve({ code: error === null ? 0 : Number(error.code), output: stdout });
        },
      );
    });
  }

  const PLANNED = '[ "$1" = text ] || : >plans/dify-prod.tfplan';

  test("says whether there are changes, and keeps drift, which is a result, from failing the job", async () => {
    expect(await terraform("plan", "")).toEqual({ code: 0, output: "changes=false\n" });
    expect(await terraform("drift", `${PLANNED}; [ "$1" = text ] || exit 2`)).toEqual({
      code: 0,
      output: "changes=true\n",
    });
    expect(await terraform("plan", PLANNED)).toEqual({ code: 0, output: "changes=true\n" });
  });

  test("fails after an error, and says nothing about changes", async () => {
    for (const command of ["plan", "drift", "apply"])
      expect(await terraform(command, '[ "$1" = text ] || exit 1')).toEqual({ code: 1, output: "" });
  });
});
