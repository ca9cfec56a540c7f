import { readFileSync } from "node:fs";
import { join } from "node:path";
import { hostVariables, namedServers, noHostVariables } from "../../modules/dify-common/named-hosts";
import { facts } from "../../modules/dify-common/releases";

/** What a variable is called that names a server. */
const LOOKS_LIKE_A_HOST =
  /(^|_)(HOSTS?|URL|URI|ENDPOINT|ENTRYPOINT|SERVER|ADDR|ADDRESS|PROXY|SENTINELS|CLUSTERS|DSN|DOMAIN|API_BASE|BROKERS?|NODES|HOSTNAME|CONNECTION_STRING|TARGET|TEMPLATE)$/;

interface Fixture {
  readonly releases: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, unknown>>>>>>;
}

const fixture = JSON.parse(
  readFileSync(join(__dirname, "../fixtures/dify-environment.json"), "utf8"),
) as unknown as Fixture;

const read = new Map<string, unknown>([
  ...Object.values(facts.variables).flatMap((changes) => changes.flatMap(({ added = {} }) => Object.entries(added))),
  ...Object.values(fixture.releases).flatMap((components) => Object.values(components).flatMap(Object.entries)),
] as [string, unknown][]);

test("every variable of every release that looks like a server's is known as one, or as none", () => {
  const looking = [...read].filter(
    ([name, value]) => LOOKS_LIKE_A_HOST.test(name) || (typeof value === "string" && value.includes("://")),
  );
  expect(looking.length).toBeGreaterThan(80);
  const unknown = looking.filter(
    ([name]) => !Object.hasOwn(hostVariables, name) && !noHostVariables.some(({ names }) => names.test(name)),
  );
  expect(unknown.map(([name]) => name)).toEqual([]);
});

test("none is known as both, and ports are named that a release reads", () => {
  for (const [name, { port, also = [] }] of Object.entries(hostVariables)) {
    expect([name, noHostVariables.filter(({ names }) => names.test(name))]).toEqual([name, []]);
    for (const variable of [port, ...also.map((one) => one.port)]) {
      expect([name, variable === undefined || read.has(variable)]).toEqual([name, true]);
    }
  }
});

test("a port that a release has by default is the one here", () => {
  for (const [name, { port, defaultPort }] of Object.entries(hostVariables)) {
    const theirs = port === undefined ? undefined : fixture.releases["1.16.1"]?.api?.[port];
    if (typeof theirs === "number") expect([name, defaultPort]).toEqual([name, theirs]);
  }
});

const servers = (own: Readonly<Record<string, string>>): string[] =>
  namedServers(own).map(({ host, port }) => `${host}:${port}`);

test.each([
  [{ QDRANT_URL: "http://10.0.5.5:6333" }, ["10.0.5.5:6333", "10.0.5.5:6334"]],
  [{ QDRANT_URL: "https://q.example", QDRANT_GRPC_PORT: "7000" }, ["q.example:6333", "q.example:7000"]],
  [{ WEAVIATE_ENDPOINT: "http://weaviate.vec.svc" }, ["weaviate.vec.svc:80", "weaviate.vec.svc:50051"]],
  [{ WEAVIATE_GRPC_ENDPOINT: "10.0.0.1" }, ["10.0.0.1:50051"]],
  [{ MILVUS_URI: "http://milvus.vec.svc.cluster.local." }, ["milvus.vec.svc.cluster.local:19530"]],
  [{ OPENSEARCH_HOST: "10.1.1.1" }, ["10.1.1.1:9200"]],
  [{ OPENSEARCH_HOST: "10.1.1.1", OPENSEARCH_PORT: "443" }, ["10.1.1.1:443"]],
  [{ ELASTICSEARCH_HOST: "https://10.1.1.1", ELASTICSEARCH_PORT: "9243" }, ["10.1.1.1:9243"]],
  [{ HUAWEI_CLOUD_HOSTS: "https://10.1.1.1:9200,https://10.1.1.2:9200" }, ["10.1.1.1:9200", "10.1.1.2:9200"]],
  [{ PGVECTOR_HOST: "10.1.1.1" }, ["10.1.1.1:5433"]],
  [{ SMTP_SERVER: "mail", SMTP_PORT: "25" }, ["mail:25"]],
  [{ S3_ENDPOINT: "https://minio.store.svc:9000/x" }, ["minio.store.svc:9000"]],
  [{ S3_ENDPOINT: "http://10.2.2.2" }, ["10.2.2.2:80"]],
  [{ S3_ENDPOINT: "storage.example" }, ["storage.example:443"]],
  [
    { REDIS_SENTINELS: "10.3.0.1:26379, 10.3.0.2" },
    ["10.3.0.1:26379", "10.3.0.1:6379", "10.3.0.2:26379", "10.3.0.2:6379"],
  ],
  [{ REDIS_CLUSTERS: "10.3.0.1:7000,10.3.0.2:7001" }, ["10.3.0.1:7000", "10.3.0.2:7001"]],
  [{ HTTPS_PROXY: "http://user:p%40ss@10.4.4.4:3128" }, ["10.4.4.4:3128"]],
  [{ HTTP_PROXY: "10.4.4.4:8080", HTTPS_PROXY: "10.4.4.4" }, ["10.4.4.4:8080", "10.4.4.4:80"]],
  [{ OTLP_BASE_ENDPOINT: "http://collector.otel.svc:4318" }, ["collector.otel.svc:4318"]],
  [{ ORACLE_DSN: "10.5.5.5:1522/freepdb1" }, ["10.5.5.5:1522"]],
  [{ IRIS_CONNECTION_URL: "iris://a:b@10.5.5.5/USER" }, ["10.5.5.5:1972"]],
  [{ SOMETHING_OF_MY_OWN: "https://10.6.6.6/path?x=y" }, ["10.6.6.6:443"]],
  [{ SOMETHING_OF_MY_OWN: "10.6.6.6", OTHER: "a://b c", EMPTY: "" }, []],
  [{ CONSOLE_API_URL: "http://10.7.7.7", FILES_URL: "http://10.7.7.7", NO_PROXY: "10.7.7.7" }, []],
  [{ PGVECTOR_HOST: "127.0.0.1", QDRANT_URL: "http://localhost:6333", MILVUS_URI: "" }, []],
  [{ QDRANT_URL: "http://[fd00::1]:6333" }, []],
  [{ ORACLE_DSN: "(DESCRIPTION=(ADDRESS=(HOST=10.1.1.1)))" }, []],
])("%j names %j", (own, expected) => {
  expect(servers(own)).toEqual(expected);
});
