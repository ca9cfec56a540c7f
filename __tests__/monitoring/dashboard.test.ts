import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { metricTypes } from "../../modules/app-gke/google/metrics";
import { metricsOf } from "../../modules/app-gke/monitoring/watched";
import { difyOf } from "../../modules/dify-gke/dify";
import { removeDirectory, run, temporaryDirectory } from "../services/processes";
import { describeWith, path, tools } from "../services/require";
import { type Given, synth, variablesOf } from "../terraform/synth";

const EVERYTHING: Given = {
  support_users: ["ops@example.com"],
  enable_custom_domain: true,
  application_domains: ["dify.example.com"],
  enable_cloud_armor: true,
  billing_export_table: "billing.costs.gcp_billing_export_v1_0",
};

interface Tile {
  readonly xPos?: number;
  readonly yPos?: number;
  readonly width: number;
  readonly height: number;
  readonly widget: {
    readonly title: string;
    readonly sectionHeader?: object;
    readonly text?: { readonly content: string };
    readonly xyChart?: {
      readonly dataSets: readonly { readonly timeSeriesQuery: { readonly prometheusQuery: string } }[];
      readonly thresholds?: readonly { readonly label: string; readonly value: number }[];
    };
  };
}

interface Page {
  readonly displayName: string;
  readonly mosaicLayout: { readonly columns: number; readonly tiles: readonly Tile[] };
}

function page(given: Given): Page | undefined {
  const [dashboard] = Object.values(synth(given).application.resource["google_monitoring_dashboard"] ?? {});
  return dashboard && (JSON.parse(String(dashboard["dashboard_json"])) as Page);
}

const whole = page(EVERYTHING);
const tiles = whole?.mosaicLayout.tiles ?? [];
const queries = tiles.flatMap(({ widget: { title, xyChart } }) =>
  (xyChart?.dataSets ?? []).map(({ timeSeriesQuery }) => [title, timeSeriesQuery.prometheusQuery] as const),
);
const titles = (given: Given): readonly string[] =>
  (page(given)?.mosaicLayout.tiles ?? []).map(({ widget }) => widget.title);

/** What Google calls the parts of a dashboard, by the field that holds them. */
const KINDS: Readonly<Record<string, string>> = {
  mosaicLayout: "MosaicLayout",
  tiles: "Tile",
  widget: "Widget",
  xyChart: "XyChart",
  dataSets: "DataSet",
  timeSeriesQuery: "TimeSeriesQuery",
  thresholds: "Threshold",
  yAxis: "Axis",
  sectionHeader: "SectionHeader",
  text: "Text",
};

test("has no field that Google does not know", () => {
  const { fields } = JSON.parse(readFileSync(join(__dirname, "../fixtures/dashboard-fields.json"), "utf8")) as {
    readonly fields: Readonly<Record<string, readonly string[]>>;
  };
  const unknown: string[] = [];
  const look = (value: unknown, kind: string): void => {
    if (Array.isArray(value)) {
      for (const one of value) look(one, kind);
      return;
    }
    for (const [name, inner] of Object.entries(value as object)) {
      if (fields[kind]?.includes(name) !== true) unknown.push(`${kind}.${name}`);
      if (typeof inner === "object") look(inner, KINDS[name] ?? name);
    }
  };
  look(whole, "Dashboard");
  expect(unknown).toEqual([]);
});

test("has its charts side by side, none over another", () => {
  const taken = new Set<string>();
  for (const { xPos = 0, yPos = 0, width, height, widget } of tiles) {
    expect(xPos + width).toBeLessThanOrEqual(whole?.mosaicLayout.columns ?? 0);
    for (let x = xPos; x < xPos + width; x++) {
      for (let y = yPos; y < yPos + height; y++) {
        expect([widget.title, taken.has(`${x} ${y}`)]).toEqual([widget.title, false]);
        taken.add(`${x} ${y}`);
      }
    }
  }
  // Zeros are left out of Google's answers.
  expect(tiles.filter(({ xPos, yPos }) => xPos === 0 || yPos === 0)).toEqual([]);
  expect(taken.size).toBe(12 * Math.max(...tiles.map(({ yPos = 0, height }) => yPos + height)) - emptyPlaces());
});

test("has the query for the costs of the day of this environment, where the export is named", () => {
  const [text] = tiles.flatMap(({ widget }) => widget.text?.content ?? []);
  expect(text).toContain("FROM `billing.costs.gcp_billing_export_v1_0`");
  expect(text).toMatch(/IN \("dify-demo-[0-9a-f]{8}"\)/);
  expect(text).toContain('WHERE project.id = "demo-project"');
  expect(titles({ ...EVERYTHING, billing_export_table: "" })).not.toContain("Costs of the day");
});

/** A section with an odd number of charts leaves one place. */
function emptyPlaces(): number {
  const numbers = tiles.reduce<number[]>((all, { widget }) => {
    if (widget.sectionHeader) return [...all, 0];
    if (widget.text) return all;
    const last = all.at(-1) ?? 0;
    return [...all.slice(0, -1), last + 1];
  }, []);
  return numbers.filter((number) => number % 2 === 1).length * 6 * 4;
}

/** `kubernetes.io/container/uptime` → `kubernetes_io:container_uptime`. */
const inPromql = (type: string): string => type.replace("/", ":").replaceAll(/[./]/g, "_");
const KNOWN = new Set([
  ...metricTypes.map(inPromql),
  ...metricsOf(difyOf(variablesOf({ enable_component_metrics: true }))),
  // https://cloud.google.com/kubernetes-engine/docs/how-to/kube-state-metrics
  "kube_deployment_status_replicas_available",
  // https://cloud.google.com/monitoring/api/metrics_gcp_i_o#gcp-networksecurity
  "networksecurity_googleapis_com:https_request_count",
]);

test.each(queries)("%s: reads metrics that are known, of this environment", (_, query) => {
  const named = [...query.matchAll(/([\w:]+)\{([^}]*)\}/g)];
  expect(named.length).toBeGreaterThan(0);
  for (const [, name = "", labels = ""] of named) {
    const own = /^logging_googleapis_com:user_dify_demo_/.test(name);
    expect([name, own || KNOWN.has(name)]).toEqual([name, true]);
    expect([name, own || /="(demo-project:app-sql-|dify-demo-|default-)/.test(labels)]).toEqual([name, true]);
    const inCluster = /namespace(_name)?=~"dify-demo-/.test(labels);
    expect([name, inCluster]).toEqual([name, !own && /cluster/.test(labels)]);
  }
});

describeWith([tools.promtool], "its queries", () => {
  test("are Prometheus'", async () => {
    const directory = temporaryDirectory("dashboard");
    const rules = queries.map(([, expr], index) => ({ record: `chart_${index}`, expr }));
    writeFileSync(join(directory, "rules.yaml"), stringify({ groups: [{ name: "charts", rules }] }));
    const { code, stdout, stderr } = await run(path(tools.promtool), ["check", "rules", "rules.yaml"], {
      cwd: directory,
    });
    removeDirectory(directory);
    expect([code, stderr, stdout]).toEqual([0, "", expect.stringContaining(`${queries.length} rules found`)]);
  });
});

test("shows where alerts open, as the file says", () => {
  const thresholds = (given: Given) =>
    (page({ ...EVERYTHING, ...given })?.mosaicLayout.tiles ?? []).flatMap(({ widget }) =>
      (widget.xyChart?.thresholds ?? []).map(({ label, value }) => `${label} ${value}`),
    );
  expect(thresholds({})).toContain("alert: tasks_waiting 100");
  const changed = thresholds({
    standard_alerts: { tasks_waiting: { threshold: 7 }, redis_memory: { enabled: false } },
  });
  expect(changed).toContain("alert: tasks_waiting 7");
  expect(changed.filter((line) => line.includes("redis_memory"))).toEqual([]);
});

test("is there where somebody is told or something is measured, with what there is", () => {
  expect(titles({})).toEqual([]);
  expect(titles({ enable_component_metrics: true })).toEqual(
    expect.arrayContaining(["Tasks that wait, by queue", "Connections, by pod", "Memory, of its limit"]),
  );
  expect(titles({ support_users: ["ops@example.com"], enable_component_metrics: false })).not.toContain("Redis");
  expect(titles(EVERYTHING)).toContain("Requests that Cloud Armor refuses");
  expect(titles({ support_users: ["ops@example.com"] })).not.toContain("Requests that Cloud Armor refuses");
});
