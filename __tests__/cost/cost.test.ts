import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Estimate, estimate, partsOf, total } from "../../scripts/cost/estimate";
import { KINDS } from "../../scripts/cost/custom-resources";
import { FORMULAS, FREE } from "../../scripts/cost/formulas";
import { commandLine, type CostContext } from "../../scripts/cost/options";
import { PRICES_FILE, readPrices } from "../../scripts/cost/prices";
import { refreshPrices } from "../../scripts/cost/refresh";
import { report } from "../../scripts/cost/report";
import { cost } from "../../scripts/cost/run";
import type { Resource } from "../../scripts/stacks/resources";
import { type PlayedGoogle, playGoogle } from "../google-apis";
import { synth } from "../terraform/synth";

const ROOT = join(__dirname, "..", "..");
const table = readPrices();
const HERE = { name: "dev", region: "us-central1" };

function of(...resources: readonly (readonly [type: string, block: object, name?: string])[]): Estimate {
  const stack = resources.map(([type, block, name = "one"]): Resource => ({ type, name, block: { ...block } }));
  return estimate(HERE, [stack], table);
}

function sum(given: Estimate) {
  const { rest, most } = total(partsOf(given));
  return [Math.round(rest * 100) / 100, Math.round(most * 100) / 100];
}

const BY_KUBEBLOCKS = {
  vector_store: "qdrant",
  data_services: { qdrant: "kubeblocks", postgresql: "kubeblocks", redis: "kubeblocks" },
};
const POD = {
  metadata: { name: "dify-api" },
  spec: {
    replicas: 1,
    template: {
      spec: {
        container: [
          { resources: { requests: { cpu: "1500m", memory: "2Gi" } } },
          { resources: { requests: { cpu: "500m", memory: "512Mi" } } },
        ],
      },
    },
  },
};

describe("what is counted", () => {
  test("pods: every container's requests, at rest and at most, as the autoscaler says", () => {
    const hour = 2 * 0.0445 + 2.5 * 0.0049225;
    expect(sum(of(["kubernetes_deployment_v1", POD]))).toEqual(
      [hour * 730, hour * 730].map((amount) => Math.round(amount * 100) / 100),
    );
    const scaler = {
      spec: {
        min_replicas: 2,
        max_replicas: 10,
        scale_target_ref: { name: "${kubernetes_deployment_v1.api.metadata[0].name}" },
      },
    };
    const scaled = of(
      ["kubernetes_deployment_v1", POD, "api"],
      ["kubernetes_deployment_v1", { ...POD, metadata: { name: "other" } }, "api_websocket"],
      ["kubernetes_horizontal_pod_autoscaler_v2", scaler],
    );
    const [api, other] = partsOf(scaled);
    expect([api?.part, api && api.rest / hour / 730, api && api.most / hour / 730]).toEqual([
      "pods: dify-api",
      expect.closeTo(2) as number,
      expect.closeTo(10) as number,
    ]);
    expect(other?.most).toBe(other?.rest);
  });

  test("a database with a standby costs twice", () => {
    const settings = { tier: "db-custom-2-7680", disk_size: 100, availability_type: "ZONAL" };
    const [zonal = 0] = sum(of(["google_sql_database_instance", { settings }]));
    const standby = { settings: { ...settings, availability_type: "REGIONAL" } };
    expect(zonal).toBeCloseTo((2 * 0.0413 + 7.5 * 0.007) * 730 + 17, 2);
    expect(sum(of(["google_sql_database_instance", standby]))[0]).toBeCloseTo(2 * zonal, 1);
  });

  test("a virtual machine with its boot disk", () => {
    const disk = [{ boot: true, disk_type: "pd-balanced", disk_size_gb: 20 }, { boot: false }];
    const small = of(["google_compute_instance_template", { machine_type: "e2-small", disk }]);
    expect(sum(small)[0]).toBeCloseTo((0.5 * 0.02181159 + 2 * 0.00292353) * 730 + 2, 2);
    const four = of(["google_compute_instance_template", { machine_type: "e2-highmem-4", disk: [] }]);
    expect(sum(four)[0]).toBeCloseTo((4 * 0.02181159 + 32 * 0.00292353) * 730, 2);
  });

  test("the first five forwarding rules once, whatever makes them", () => {
    const service = { spec: { type: "LoadBalancer" } };
    const gateway = { manifest: { kind: "Gateway" } };
    const both = of(["kubernetes_service_v1", service], ["kubernetes_manifest", gateway, "other"]);
    expect(sum(both)).toEqual([18.25, 18.25]);
    expect(sum(of(["kubernetes_service_v1", { spec: { type: "ClusterIP" } }]))).toEqual([0, 0]);
  });

  test("a database of KubeBlocks, with a disk for each pod", () => {
    const requests = { cpu: "500m", memory: "2Gi" };
    const volumeClaimTemplates = [{ spec: { resources: { requests: { storage: "20Gi" } } } }];
    const componentSpecs = [{ name: "qdrant", replicas: 3, resources: { requests }, volumeClaimTemplates }];
    const cluster = { kind: "Cluster", metadata: { name: "dify-qdrant" }, spec: { componentSpecs } };
    const [one = 0] = sum(of(["kubernetes_manifest", { manifest: cluster }]));
    expect(one).toBeCloseTo(3 * ((0.5 * 0.0445 + 2 * 0.0049225) * 730 + 20 * 0.1), 1);
  });

  test("operators, by the values that their charts get, and an addon without pods", () => {
    const pods = (name: "external-secrets" | "kubeblocks", given: object): string[] => {
      const { operators } = synth({ install_operators: [name], ...given });
      const charts = Object.values(operators?.resource.helm_release ?? {});
      return charts
        .flatMap((block) => FORMULAS["helm_release"]?.({ type: "helm_release", name: "one", block }, []).usage ?? [])
        .map(({ why }) => why);
    };
    // With every addon that there is.
    expect(pods("kubeblocks", BY_KUBEBLOCKS)).toEqual(["0.5 vCPU of its pods", "1 GiB of its pods"]);
    const copied = pods("kubeblocks", { ...BY_KUBEBLOCKS, kubeblocks_backups: true });
    expect(copied).toEqual(["1 vCPU of its pods", "2 GiB of its pods"]);
    expect(pods("external-secrets", {})).toEqual(["0.35 vCPU of its pods", "0.875 GiB of its pods"]);
    expect(() => of(["helm_release", { chart: "other", values: ["{}"] }])).toThrow("which pods the chart other has");
  });

  test("a secret in each of its places", () => {
    const replicas = [{ location: "a" }, { location: "b" }];
    const secret = { replication: { user_managed: { replicas } } };
    expect(sum(of(["google_secret_manager_secret", secret]))).toEqual([0.12, 0.12]);
    expect(sum(of(["google_secret_manager_secret", { replication: { auto: {} } }]))).toEqual([0.06, 0.06]);
  });
});

describe("what is not known", () => {
  test.each([
    ["google_compute_instance_template", { machine_type: "n4-standard-2" }, "a machine of type n4-standard-2"],
    ["google_sql_database_instance", { settings: { tier: "db-f1-micro" } }, "a machine of tier db-f1-micro"],
    ["google_sql_database_instance", { settings: { tier: "db-perf-optimized-N-4" } }, "4 vCPU"],
    ["google_cloudbuild_worker_pool", {}, "a private pool, by the minutes of its builds"],
  ])("%s %j is said, and is in no sum", (type, block, why) => {
    const text = report([of([type, block])], table);
    expect(text).toContain("Not known of dev in us-central1, and in no sum:");
    expect(text).toContain(why);
  });

  test("a type without a formula, and a region without prices", () => {
    expect(of(["google_spanner_instance", {}]).unknown).toEqual(["google_spanner_instance"]);
    const elsewhere = estimate(
      { name: "dev", region: "africa-south1" },
      [[{ type: "kubernetes_deployment_v1", name: "api", block: POD }]],
      table,
    );
    expect(elsewhere.items.map(({ rest }) => rest)).toEqual([undefined, undefined]);
    expect(report([elsewhere], table)).toMatch(/pods: dify-api +\? +\?\n/);
  });

  test("every type that any variant has is in one table, and only in one", () => {
    const directory = join(ROOT, "__tests__", "terraform", "inventory");
    const types = readdirSync(directory).flatMap((file) =>
      [
        ...readFileSync(join(directory, file), "utf8").matchAll(/^\+ ((?:google|kubernetes|random|terraform)_\w+)\./gm),
      ].map(([, type = ""]) => type),
    );
    expect(types.length).toBeGreaterThan(1000);
    const known = [...Object.keys(FORMULAS), ...Object.keys(FREE)];
    expect([...new Set(types)].filter((type) => !known.includes(type))).toEqual([]);
    expect(known.filter((type, index) => known.indexOf(type) !== index)).toEqual([]);
  });

  test("every kind of custom resource that the modules make is in one table too", () => {
    const modules = join(ROOT, "modules", "app-gke");
    const made = readdirSync(modules, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts"))
      .map((path) => readFileSync(join(modules, path), "utf8"))
      .filter((text) => /new (?:CustomResource|Manifest)\(/.test(text))
      .flatMap((text) => [...text.matchAll(/\bapiVersion(?:: [^,]+)?,\s+kind: "(\w+)"/g)])
      .map(([, kind = ""]) => kind)
      // What an object of another kind refers to.
      .filter((kind) => kind !== "Component");
    expect([...new Set(made)].sort()).toEqual([...Object.keys(KINDS), "Gateway"].sort());
  });

  test("every price that a formula names is in the table, with its unit and source", () => {
    const keys = [...Object.values(table.regions), table.everywhere].flatMap((prices) => Object.keys(prices));
    expect(keys.filter((key) => !Object.hasOwn(table.prices, key))).toEqual([]);
    const source = ["formulas.ts", "custom-resources.ts"]
      .map((file) => readFileSync(join(ROOT, "scripts", "cost", file), "utf8"))
      .join("");
    const named = [...source.matchAll(/(?:price: |month\([^,]+, )"([a-z0-9-]+)"/g)].map(([, key = ""]) => key);
    expect(named.length).toBeGreaterThan(15);
    expect(named.filter((key) => !Object.hasOwn(table.prices, key))).toEqual([]);
  });
});

describe("the command", () => {
  async function run(...args: readonly string[]) {
    let output = "";
    let errors = "";
    const context: CostContext = {
      env: {},
      terminal: { color: false, write: (text) => (output += text) },
      complain: (text) => (errors += text),
    };
    const options = commandLine([...args, "--directory", join(ROOT, "variables")], context);
    const code = typeof options === "number" ? options : await cost(options, context);
    return { code, output, errors };
  }

  test("README's estimate is what it says of the shipped environments", async () => {
    const { code, output } = await run("dev", "--compare", "prod", "--json");
    expect(code).toBe(0);
    const { environments, date } = JSON.parse(output) as {
      date: string;
      environments: (Estimate & { total: { rest: number; most: number } })[];
    };
    const readme = readFileSync(join(ROOT, "README.md"), "utf8").replace(/\s+/g, " ");
    for (const { environment, total: costs, unknown } of environments) {
      expect(unknown).toEqual([]);
      const [rest, most] = [costs.rest, costs.most].map((amount) => `${Math.round(amount / 10) * 10}`);
      expect(readme).toContain(`\`${environment}.tfvars\` ${rest} US dollars a month at rest and ${most} at most`);
    }
    expect(readme).toContain(date);
  });

  test.each([
    [[], 2, "Name one environment"],
    [["a", "b"], 2, "another one after --compare"],
    [["--compare", "a"], 2, "Name one environment"],
    [["--prices"], 2, "--prices"],
    [["nothing"], 1, 'The environment "nothing" has no variable file'],
  ])("%j is answered with %i", async (args, code, text) => {
    const answer = await run(...args);
    expect([answer.code, answer.output]).toEqual([code, ""]);
    expect(answer.errors).toContain(text);
  });
});

describe("new prices", () => {
  let google: PlayedGoogle | undefined;
  const directory = mkdtempSync(join(tmpdir(), "prices-"));
  const file = join(directory, "prices.json");

  beforeEach(() => {
    cpSync(PRICES_FILE, file);
  });

  afterEach(() => google?.stop());

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  const sku = (description: string, nanos: number, displayQuantity = 1, more: object = {}) => ({
    description,
    category: { usageType: "OnDemand" },
    serviceRegions: ["europe-west1", "us-central1"],
    pricingInfo: [
      {
        pricingExpression: {
          displayQuantity,
          tieredRates: [{ unitPrice: { units: "0", nanos: 0 } }, { unitPrice: { units: "0", nanos } }],
        },
      },
    ],
    ...more,
  });

  test("are those of Google's catalogue, for every region, and the rest stays", async () => {
    google = await playGoogle({
      "GET /v1/services/CCD8-9BF1-090E/skus": (count) =>
        count === 0
          ? {
              skus: [
                sku("Autopilot Pod mCPU Requests (europe-west1)", 49_000, 1000),
                sku("Autopilot Spot Pod mCPU Requests (europe-west1)", 1, 1000),
              ],
              nextPageToken: "more",
            }
          : { skus: [sku("Autopilot Pod Memory Requests (europe-west1)", 5_000_000)] },
      "GET /v1/services/9662-B51E-5089/skus": () => ({
        skus: [
          sku("Cloud SQL for PostgreSQL: Zonal - vCPU in EMEA", 45_000_000, 1, { serviceRegions: ["europe-west1"] }),
          sku("Cloud SQL for PostgreSQL: Regional - vCPU in EMEA", 90_000_000),
        ],
      }),
      "GET /v1/services/6F81-5844-456A/skus": () => ({
        skus: [sku("E2 Instance Core running in EMEA", 1, 1, { category: { usageType: "Preemptible" } })],
      }),
      "GET /v1/services/95FF-2EF5-5EA1/skus": () => ({}),
    });
    const read = await refreshPrices(google.env, new Date("2027-01-02T03:04:05Z"), file);
    expect(read).toEqual({ prices: 5, regions: 2 });
    const now = readPrices(file);
    expect(now.date).toBe("2027-01-02");
    expect(now.regions["europe-west1"]).toEqual({
      "autopilot-cpu": 0.049,
      "autopilot-memory": 0.005,
      "sql-cpu": 0.045,
    });
    expect(now.regions["us-central1"]).toEqual({
      ...table.regions["us-central1"],
      "autopilot-cpu": 0.049,
      "autopilot-memory": 0.005,
    });
    expect(now.everywhere).toEqual(table.everywhere);
  });

  test("leave the table alone where Google refuses", async () => {
    google = await playGoogle({});
    await expect(refreshPrices(google.env, new Date(), file)).rejects.toThrow("Nothing is at");
    expect(readFileSync(file, "utf8")).toBe(readFileSync(PRICES_FILE, "utf8"));
  });
});
