import { execFile } from "node:child_process";
import { Playground } from "../delivery/stub";
import { example, nodeVersion, notThere } from "./examples";

interface GitLabJob {
  readonly extends?: string;
  readonly stage?: string;
  readonly needs?: readonly (string | { readonly job: string; readonly optional?: boolean })[];
  readonly script?: readonly string[];
  readonly before_script?: readonly string[];
  readonly rules?: readonly { readonly if: string; readonly when?: string }[];
  readonly variables?: Readonly<Record<string, string>>;
  readonly id_tokens?: object;
  readonly environment?: string;
  readonly resource_group?: string;
  readonly image?: unknown;
  readonly artifacts?: { readonly access?: string; readonly paths?: readonly string[] };
}

describe("GitLab", () => {
  const { stages, workflow, ...rest } = example<
    Record<string, GitLabJob> & {
      readonly stages: readonly string[];
      readonly workflow: { readonly rules: readonly { readonly if: string }[] };
    }
  >("gitlab/.gitlab-ci.yml");
  const written = rest as Readonly<Record<string, GitLabJob>>;
  const names = Object.keys(written).filter((name) => !name.startsWith("."));

  /** A job with what it extends: maps are merged, lists replaced. */
  function whole(name: string): GitLabJob {
    const job = written[name];
    if (job === undefined) throw new Error(`There is no ${name}`);
    if (job.extends === undefined) return job;
    const base = whole(job.extends);
    return { ...base, ...job, variables: { ...base.variables, ...job.variables } };
  }

  const jobs = names.map((name) => [name, whole(name)] as const);
  const withGoogle = jobs.filter(([, job]) => job.id_tokens !== undefined);

  test("what is called and waited for is there", () => {
    for (const [, job] of jobs) {
      expect(stages).toContain(job.stage);
      expect(notThere([...(job.script ?? []), ...(job.before_script ?? [])])).toEqual([]);
      for (const other of (job.needs ?? []).map((need) => (typeof need === "string" ? need : need.job)))
        expect(stages.indexOf(whole(other).stage ?? "")).toBeLessThan(stages.indexOf(job.stage ?? ""));
    }
    expect(whole("synthesize").image).toBe(`node:${nodeVersion}-bookworm-slim`);
  });

  /** Whether a rule lets a pipeline of this kind have the job. */
  function allows(rule: string, pipeline: Readonly<Record<string, string>>): boolean {
    const code = rule.replaceAll("==", "===").replace(/\$(\w+)/g, 'v["$1"]');
    // oxlint-disable-next-line typescript/no-implied-eval -- the file is this project's own
    return (new Function("v", `return ${code}`) as (v: unknown) => boolean)(pipeline);
  }

  function runs(pipeline: Readonly<Record<string, string>>): string[] {
    const all = { CI_PROJECT_ID: "1", CI_DEFAULT_BRANCH: "main", ...pipeline };
    if (!workflow.rules.some((rule) => allows(rule.if, all))) return [];
    return jobs.flatMap(([name, { rules }]) => (!rules || rules.some((rule) => allows(rule.if, all)) ? [name] : []));
  }

  const MERGE_REQUEST = { CI_PIPELINE_SOURCE: "merge_request_event", CI_COMMIT_REF_NAME: "topic" };

  test("a merge request is planned; one from a fork has no pipeline here", () => {
    expect(runs({ ...MERGE_REQUEST, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "1" })).toEqual(["synthesize", "plan"]);
    expect(runs({ ...MERGE_REQUEST, CI_MERGE_REQUEST_SOURCE_PROJECT_ID: "2" })).toEqual([]);
    expect(runs({ CI_PIPELINE_SOURCE: "push", CI_COMMIT_BRANCH: "topic" })).toEqual([]);
  });

  test("a merge plans and applies one stack after the other, by hand", () => {
    const order = ["plan foundation", "apply foundation", "plan application", "apply application"];
    const push = { CI_PIPELINE_SOURCE: "push", CI_COMMIT_BRANCH: "main" };
    expect(runs(push)).toEqual(["synthesize", ...order]);
    const all = order.toSpliced(2, 0, "plan operators", "apply operators");
    expect(runs({ ...push, INSTALL_OPERATORS: "true" })).toEqual(["synthesize", ...all]);
    for (const [index, name] of all.entries()) {
      const optional = { job: "apply operators", optional: true };
      const needs =
        name === "plan application" ? ["synthesize", "apply foundation", optional] : ["synthesize", all[index - 1]];
      expect(whole(name).needs).toEqual(index === 0 ? undefined : needs);
      if (name.startsWith("apply"))
        expect(whole(name).rules).toEqual([{ if: expect.any(String) as string, when: "manual", allow_failure: false }]);
    }
  });

  test("a schedule looks for drift on main alone", () => {
    const schedule = { CI_PIPELINE_SOURCE: "schedule", CI_COMMIT_REF_NAME: "main" };
    expect(runs(schedule)).toEqual(["synthesize", "compare", "drift"]);
    expect(runs({ ...schedule, CI_COMMIT_REF_NAME: "topic" })).toEqual([]);
  });

  test("only who applies has the account that may, one at a time, in the protected environment", () => {
    expect(withGoogle.length).toBeGreaterThan(4);
    for (const [name, job] of withGoogle) {
      const applies = name.startsWith("apply");
      expect(job.variables?.SERVICE_ACCOUNT).toBe(applies ? "$DEPLOYER" : "$PLANNER");
      expect([job.environment, job.resource_group]).toEqual(applies ? ["prod", "dify-prod"] : [undefined, undefined]);
      expect(job.script?.join("\n")).toContain(applies ? " apply " : name === "compare" ? " drift " : " plan ");
    }
  });

  test("plans are for members of the project, and the identity token is in none", () => {
    for (const [, { artifacts }] of jobs) {
      if (!artifacts) continue;
      expect(artifacts.access).toBe("developer");
    }
    for (const [, job] of withGoogle) expect(job.variables?.GOOGLE_APPLICATION_CREDENTIALS).toMatch(/^\/tmp\//);
  });

  describe("compare and drift", () => {
    let playground: Playground;
    beforeEach(() => {
      playground = new Playground("../../examples/pipelines/terraform.sh");
      playground.file("plans/dify-prod.txt", "what differs\n");
    });
    afterEach(() => {
      playground.remove();
    });

    /** Runs a job's lines as the runner does. @returns its exit code */
    const job = (name: string): Promise<number> =>
      new Promise((resolve) => {
        const { script = [], variables } = whole(name);
        const env = { PATH: process.env.PATH, NAMES: variables?.NAMES };
        execFile("sh", ["-e", "-c", script.join("\n")], { cwd: playground.repository, env }, (error) => {
          resolve(error === null ? 0 : Number(error.code));
        });
      });

    test.each([
      [0, 0, 0],
      [2, 0, 2],
      [1, 1, undefined],
    ])("after %d of Terraform's, compare ends with %d and drift with %s", async (code, compared, drifted) => {
      playground.file("examples/pipelines/terraform.sh", `[ "$1" = text ] || exit ${code}\n`);
      expect(await job("compare")).toBe(compared);
      if (drifted !== undefined) expect(await job("drift")).toBe(drifted);
    });
  });

  test("the credentials' file has no secret, and names whom to act as", async () => {
    const playground = new Playground("../../examples/pipelines/gitlab/credentials.sh");
    const path = `${playground.directory}/tmp/google.json`;
    const { code } = await playground.run({
      ...{
        GOOGLE_APPLICATION_CREDENTIALS: path,
        GOOGLE_ID_TOKEN: "t0ken",
        SERVICE_ACCOUNT: "planner@p.iam.gserviceaccount.com",
      },
      WORKLOAD_IDENTITY_PROVIDER: "projects/1/locations/global/workloadIdentityPools/ci/providers/gitlab",
    });
    expect(code).toBe(0);
    const { readFileSync, statSync } = await import("node:fs");
    const written = readFileSync(path, "utf8");
    expect(written).not.toContain("t0ken");
    expect(JSON.parse(written)).toMatchObject({
      type: "external_account",
      audience: "//iam.googleapis.com/projects/1/locations/global/workloadIdentityPools/ci/providers/gitlab",
      credential_source: { file: `${path}.token` },
    });
    expect(statSync(`${path}.token`).mode & 0o077).toBe(0);
    playground.remove();
  });
});

interface CloudBuild {
  readonly substitutions: Readonly<Record<string, string>>;
  readonly steps: readonly {
    readonly id: string;
    readonly name: string;
    readonly env: readonly string[];
    readonly script: string;
  }[];
  readonly artifacts?: { readonly objects: { readonly location: string; readonly paths: readonly string[] } };
  readonly options: { readonly logging: string };
}

describe.each(["plan", "apply"])("Cloud Build, %s.yaml", (file) => {
  const build = example<CloudBuild>(`cloud-build/${file}.yaml`);
  /** Given by Cloud Build: https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values */
  const BUILT_IN = ["BUILD_ID", "COMMIT_SHA", "LOCATION", "PROJECT_ID"];

  test("what is called is there, and every substitution is known and used", () => {
    expect(notThere(build.steps.map(({ script }) => script))).toEqual([]);
    const places = [...build.steps.flatMap(({ env }) => env), build.artifacts?.objects.location ?? ""];
    const used = new Set(places.flatMap((place) => [...place.matchAll(/\$(\w+)/g)].map(([, name = ""]) => name)));
    expect([...used].filter((name) => !BUILT_IN.includes(name)).sort()).toEqual(
      Object.keys(build.substitutions).sort(),
    );
    // Scripts see the environment and no substitutions.
    for (const { script, env } of build.steps) {
      const known = [
        ...env.map((one) => one.split("=")[0]),
        ...[...script.matchAll(/^ *(\w+)=/gm)].map(([, name]) => name),
      ];
      for (const [, name] of script.matchAll(/\$(\w+)/g)) expect(known).toContain(name);
    }
  });

  test("a step stops at its first error", () => {
    for (const { script } of build.steps) expect(script).toMatch(/^#!\/bin\/sh\nset -eu\n/);
  });
});

test("Cloud Build applies plans of its own commit alone", async () => {
  const fetch = example<CloudBuild>("cloud-build/apply.yaml").steps.find(({ id }) => id === "fetch");
  const playground = new Playground("../../examples/pipelines/terraform.sh");
  playground.file("fetch.sh", fetch?.script).answer("gcloud storage cp *").answer("tar *");
  const run = (): Promise<unknown> =>
    new Promise((resolve) => {
      const env = {
        ...{ PATH: `${playground.directory}/bin:${process.env.PATH ?? ""}`, PLAN: "b1", PLANS: "gs://plans" },
        ...{ COMMIT: "abc", PROJECT: "p", REGION: "r" },
      };
      execFile("sh", ["fetch.sh"], { cwd: playground.repository, env }, (error, _, stderr) => {
        resolve([error?.code ?? 0, stderr.includes("nothing was applied")]);
      });
    });
  playground.answer("gcloud builds describe b1 *", "other\n");
  expect(await run()).toEqual([1, true]);
  expect(playground.calls().map(([, what]) => what)).toEqual(["builds"]);
  playground.answer("gcloud builds describe b1 *", "abc\n");
  // Here there is no archive: the copy is asked for, and no refusal.
  expect(await run()).toEqual([2, false]);
  playground.remove();
});
