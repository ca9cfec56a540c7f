import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeWith, tools } from "../services/require";
import { digest, Playground, starting } from "./stub";

const API = "us-central1-docker.pkg.dev/demo-project/mirror/langgenius/dify-api";
const NEW_API = `${API}@${digest("a")}`;
const KUBECTL = "kubectl --namespace=dify";
const JOB = JSON.stringify({
  kind: "Job",
  spec: {
    template: {
      spec: {
        containers: [
          { name: "migration", image: `${API}:1.16.1` },
          { name: "beside", image: `${API}:1.16.1` },
        ],
      },
    },
  },
});

/** A job's name ends with the second in which it was made. */
const names = (texts: readonly string[]): string[] =>
  texts.map((text) => text.replaceAll(/(dify-migration)-\d{10}/g, "$1-<time>"));

describeWith([tools.python], "run-jobs.sh", () => {
  let playground: Playground;

  beforeEach(() => {
    playground = new Playground("run-jobs.sh", {
      PROJECT: "demo-project",
      LOCATION: "us-central1",
      CLUSTER: "dify",
      ENDPOINT: "public",
      NAMESPACE: "dify",
      JOBS: `dify-migration migration ${API} 3600\ndify-other other docker.io/other 60`,
    })
      .withoutSleep()
      .answer("gcloud container clusters get-credentials *", { stderr: "kubeconfig entry generated for dify.\n" })
      .answer("kubectl * create job *", JOB)
      .answer("kubectl * create --filename=-", { run: "cat >created.json" })
      .answer("kubectl * get job *", "Complete")
      .answer("kubectl * logs *", "relation exists\n");
    playground.images = { [API]: NEW_API };
  });
  afterEach(() => {
    playground.remove();
  });

  test("runs the job of each image that is new, with that image, and waits for its end", async () => {
    playground.answer("kubectl * get job *", { stdout: "", times: 2 });
    const { code, stdout, calls } = await playground.run();
    expect(code).toBe(0);
    expect(names(starting(calls, "kubectl"))).toEqual([
      `${KUBECTL} create job dify-migration-<time> --from=cronjob/dify-migration --dry-run=client --output=json`,
      `${KUBECTL} create --filename=-`,
      ...Array.from(
        { length: 3 },
        () =>
          `${KUBECTL} get job dify-migration-<time> --output=jsonpath={.status.conditions[?(@.status=="True")].type}`,
      ),
    ]);
    expect(names([stdout])[0]).toContain("dify-migration-<time> is done");
    expect(JSON.parse(readFileSync(join(playground.repository, "created.json"), "utf8"))).toMatchObject({
      spec: {
        template: {
          spec: {
            containers: [
              { name: "migration", image: NEW_API },
              { name: "beside", image: `${API}:1.16.1` },
            ],
          },
        },
      },
    });
  });

  test("stops the build where the job fails, with its last lines and before an image is changed", async () => {
    playground.answer("kubectl * get job *", "FailureTarget Failed");
    const { code, stderr, calls } = await playground.run();
    expect(code).toBe(1);
    expect(stderr).toContain("relation exists");
    expect(stderr).toContain("did not complete, its last lines are above. No image was changed");
    expect(names(calls)).toContain(`${KUBECTL} logs job/dify-migration-<time> --tail=20`);
  });

  test("gives up on a job that does not end", async () => {
    playground.answer("kubectl * get job *", "");
    const { code, stderr } = await playground.run({ JOBS: `dify-migration migration ${API} 0` });
    expect([code, stderr]).toEqual([1, expect.stringContaining("did not complete")]);
  });

  test("does nothing where no image of a job is new", async () => {
    playground.images = { [`${API}-other`]: NEW_API };
    const { code, calls } = await playground.run();
    expect([code, starting(calls, "kubectl")]).toEqual([0, []]);
  });

  test("refuses a line that it cannot read", async () => {
    const { code, stderr } = await playground.run({ JOBS: `dify-migration migration ${API}` });
    expect([code, stderr]).toEqual([1, expect.stringContaining("of JOBS is not 'cronjob-name container image-name")]);
  });
});
