import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "cdktf";
import { hello, type HelloDatabase } from "../../examples/hello/main";
import { borrow, fetchProviders, validate } from "../terraform/terraform";
import type { StackJson } from "../terraform/synth";
import "../terraform/quick";

const databases: readonly HelloDatabase[] = ["postgres", "mysql", "none"];
const outdir = mkdtempSync(join(tmpdir(), "hello-"));
const app = new App({ outdir });
for (const database of databases) hello(app, database);
app.synth();

function stack(id: string): StackJson {
  return JSON.parse(readFileSync(join(outdir, "stacks", id, "cdk.tf.json"), "utf8")) as StackJson;
}

const { required_version, required_providers } = stack("hello-postgres").terraform;
const providers = fetchProviders({ required_version, required_providers });
if ("missing" in providers) console.warn(`The example is NOT validated with Terraform: ${providers.missing}.`);

afterAll(() => {
  rmSync(outdir, { recursive: true });
  if ("directory" in providers) rmSync(providers.directory, { recursive: true });
});

describe.each(databases)("hello with database %s", (database) => {
  const application = stack(`hello-${database}`);

  test("nothing of Dify is in it", () => {
    expect(JSON.stringify(application).toLowerCase()).not.toMatch(/dify(?!-gke-cdktf)/);
  });

  test("it has one Deployment and one Service, and a database only where asked for", () => {
    expect(Object.keys(application.resource.kubernetes_deployment_v1 ?? {})).toHaveLength(1);
    expect(Object.keys(application.resource.kubernetes_service_v1 ?? {})).toHaveLength(1);
    expect("google_sql_database" in application.resource).toBe(database !== "none");
    expect("kubernetes_secret_v1" in application.resource).toBe(database !== "none");
    const pod = JSON.stringify(application.resource.kubernetes_deployment_v1);
    expect(pod.includes("cloud-sql-proxy")).toBe(database !== "none");
    if (database !== "none") expect(pod).toContain(database === "mysql" ? "--port=3306" : "--port=5432");
  });

  test("what it does not say has a default: a reserved address, port 80, and no connection that it does not ask for", () => {
    const service = JSON.stringify(application.resource.kubernetes_service_v1);
    expect(service).toContain('"type":"LoadBalancer"');
    expect(service).toContain('"load_balancer_ip":"${google_compute_address.app_address_reserved.address}"');
    expect(service).toContain('"port":80');
    expect(application.resource.kubernetes_network_policy_v1).toHaveProperty("app_workload_network_default_deny");
    expect(JSON.stringify(application.resource.terraform_data?.app_guard_remembered)).toContain("demo-project");
  });

  const title = "missing" in providers ? `skipped: ${providers.missing}` : "terraform validate has nothing to say";
  ("missing" in providers ? test.skip : test)(title, async () => {
    if ("missing" in providers) return;
    for (const id of [`hello-${database}-foundation`, `hello-${database}`]) {
      const directory = join(outdir, "stacks", id);
      borrow(providers, directory);
      expect(await validate(directory)).toEqual([]);
    }
  });
});
