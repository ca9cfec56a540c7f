import { readFileSync } from "node:fs";
import { join } from "node:path";
import { kubeBlocks } from "../../modules/app-gke/operators/kubeblocks";
import { difyOf } from "../../modules/dify-gke/dify";
import { byKubeBlocks } from "../../modules/dify-gke/kubeblocks-used";
import { rules } from "../../modules/dify-gke/rules";
import { defaults, type Variables } from "../../modules/dify-gke/variables";
import { WHOLE } from "../../scripts/day2/backups";
import { placeIn } from "../../scripts/day2/place";
import effects from "../../scripts/docs/effects.json";
import type { Stack } from "../../scripts/restore/place";
import { kindFiles } from "../edge/crd-schema";
import { synth } from "../terraform/synth";

/** Every database of `data_services`, with the job of this project that copies it. */
const DATABASES = {
  postgresql: "dify-portable-backup",
  qdrant: "dify-vector-backup",
  // KubeBlocks' own backups alone.
  redis: undefined,
} as const satisfies Record<keyof Variables["data_services"], string | undefined>;
const names = Object.keys(DATABASES);

const given = {
  vector_store: "qdrant",
  data_services: { postgresql: "kubeblocks", qdrant: "kubeblocks", redis: "kubeblocks" },
  enable_portable_backups: true,
} satisfies Partial<Variables>;
const variables: Variables = { ...defaults, project_id: "demo-project", ...given };
const clusters = difyOf(variables).dataClusters;

test("each database of data_services is a Cluster that KubeBlocks can copy", () => {
  expect(clusters.map(({ name }) => name).sort()).toEqual(names);
  expect([...byKubeBlocks(variables)].sort()).toEqual(names);
  expect(clusters.filter(({ backupMethod = "" }) => !WHOLE.includes(backupMethod)).map(({ name }) => name)).toEqual([]);
});

test("npm run day2 finds each of them, with the job that copies it", () => {
  const { databases } = placeIn(synth(given).application as Stack);
  expect(Object.fromEntries(databases.map(({ copiedBy, name }) => [name, copiedBy]))).toEqual(DATABASES);
});

test("the operator that is installed here has an addon for each, and every kind that is used", () => {
  const { addons = {}, charts, kinds } = kubeBlocks(true);
  const always = charts.slice(1).map(({ chart }) => chart);
  expect([...Object.keys(addons), ...always].sort()).toEqual(names);
  expect(kinds?.files).toEqual(expect.arrayContaining(kindFiles.filter((file) => file.includes("kubeblocks.io_"))));
});

test("docs/kubeblocks-operations.md has every metric that is collected of them", () => {
  const page = readFileSync(join(__dirname, "../../docs/kubeblocks-operations.md"), "utf8");
  const rows = [...page.slice(page.indexOf("## Metrics")).matchAll(/^\| (\w+) +\| .*\b(\d+)\b.*?\| (`.*`) +\|$/gm)];
  const documented = rows.map(([, name = "", port, metrics = ""]) => ({
    name: name.toLowerCase(),
    port: Number(port),
    names: [...metrics.matchAll(/`(\w+)`/g)].map(([, metric]) => metric),
  }));
  const collected = clusters.flatMap(({ parts }) =>
    parts.flatMap(({ metrics, name }) => (metrics ? { name, port: metrics.port, names: metrics.names } : [])),
  );
  expect(documented).toEqual(collected);
});

test("a setting that only Cloud SQL has is refused with KubeBlocks' PostgreSQL", () => {
  const ofCloudSql = ["google_sql_database_instance", "terraform_data", "check"];
  const settings = Object.entries(effects)
    .filter(([, types]) => types.includes("google_sql_database_instance"))
    .filter(([, types]) => types.every((type) => ofCloudSql.includes(type)))
    .map(([name]) => name);
  expect(settings.length).toBeGreaterThan(5);
  const refused = rules.find(({ id }) => id === "data-services-postgresql-google-only")?.variables ?? [];
  expect(settings.filter((name) => !refused.some((other) => other === name))).toEqual([]);
});
