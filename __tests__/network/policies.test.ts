import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Component, Job } from "../../modules/app-gke/application-config";
import { difyOf } from "../../modules/dify-gke/dify";
import { oldest } from "../../modules/dify-common/releases";
import { writtenIn } from "../../scripts/docs/section";
import { PIPELINE } from "../delivery/stages";
import { type Given, synth, variablesOf } from "../terraform/synth";
import { clusterOf, deliveredPods, OTHERS, type Pod } from "./cluster";
import { answer, compared, destinations, origins } from "./connections";
import { matrix } from "./matrix";
import { type End, passes } from "./passes";

/** What runs in a pod, as its facts say it. */
interface Facts {
  readonly tasks: readonly (Component | Job)[];
  /** Without the Auth Proxy: it connects to the database itself. */
  readonly job: boolean;
}

const VARIANTS: Readonly<Record<string, Given>> = {
  "the defaults": {},
  "the oldest release": { application_version: oldest.version },
  "a worker of its own, without a marketplace": { worker_placement: "deployment", enable_marketplace: false },
  "an allowed host inside": { ssrf_proxy_allowed_hosts: ["ollama.corp.example"] },
  "a gateway": { enable_custom_domain: true, application_domains: ["dify.example.com"] },
  "services and jobs of the user's own": {
    gcs_volumes: [{ name: "files", bucket_name: "data", mount_path: "/mnt/files" }],
    additional_services: [{ name: "tika", image: "apache/tika:2.9.2.1", port: 9998, output_env_var_name: "TIKA_URL" }],
    initialization_jobs: [{ name: "seed", image: "example/seed:1", needs_db: true }],
    cron_jobs: [
      { name: "sweep", image: "example/sweep:1", schedule: "0 3 * * *", mount_gcs_volumes: ["files"] },
      { name: "clean", command: ["flask", "clear-free-plan-tenant-expired-logs"], schedule: "0 4 * * *" },
    ],
  },
};

describe.each(Object.entries(VARIANTS))("%s", (_, given) => {
  const both = compared(given);
  const { segmented, open } = both;
  const { components, jobs } = difyOf(variablesOf(given));
  const facts = (pod: Pod): Facts => ({
    tasks: [...components.filter((one) => (one.inPodOf ?? one.name) === pod.name), ...jobs.filter(isNamed(pod))],
    job: jobs.some(isNamed(pod)),
  });
  const gateway = given.enable_custom_domain === true;
  /** In the cluster, the address of a load balancer's Service stands for the pods behind it. */
  const byItsAddress = ({ tasks }: Facts, to: Pod): boolean =>
    to.name === "proxy" && !gateway && tasks.some(({ talksTo = [] }) => talksTo.includes("internet"));
  const pairs = segmented.pods.flatMap((from) => segmented.pods.map((to) => [from, to] as const));

  test("every pod runs something that is known", () => {
    expect(segmented.pods.map((pod) => [pod.name, facts(pod).tasks.length > 0])).toEqual(
      segmented.pods.map(({ name }) => [name, true]),
    );
    expect(open.pods).toEqual(segmented.pods);
  });

  test("with segmentation a pod reaches those that it talks to, on the ports that are for it, and no others", () => {
    expect(answers(pairs, (from, to, port) => passes(segmented, from, to, port))).toEqual(
      answers(pairs, (from, to, port) => talks(facts(from), facts(to), port) || byItsAddress(facts(from), to)),
    );
  });

  test("without it, that counts for what runs strangers' code alone, in both directions", () => {
    expect(answers(pairs, (from, to, port) => passes(open, from, to, port))).toEqual(
      answers(pairs, (from, to, port) => {
        const [caller, called] = [facts(from), facts(to)];
        // Behind a gateway, nobody gets past firewall and sign-in.
        if (to.name === "proxy" && gateway) return false;
        return untrusted(caller) || untrusted(called) ? talks(caller, called, port) : true;
      }),
    );
  });

  test("out of the namespace a pod reaches what it says it needs, and nothing else", () => {
    for (const pod of segmented.pods) {
      const reached = Object.entries(destinations).map(([name, { end, port, protocol }]) => [
        name,
        answer(both, pod, end, port, protocol),
      ]);
      const needed = neededBy(facts(pod));
      expect({ [pod.name]: Object.fromEntries(reached) as object }).toEqual({
        [pod.name]: Object.fromEntries(
          Object.keys(destinations).map((name) => [
            name,
            needed.has(name) ? "always" : untrusted(facts(pod)) ? "never" : "without segmentation",
          ]),
        ),
      });
    }
  });

  test("from outside only the entry point is reached", () => {
    for (const pod of segmented.pods) {
      for (const { containerPort } of pod.ports) {
        const reached = Object.entries(origins).flatMap(([name, from]) => {
          const end = from(pod);
          return end && passes(segmented, end, pod, containerPort) ? [name] : [];
        });
        const everybody = pod.name === "proxy" && !gateway;
        // Who is in the namespace and is nobody's has the policy that closes everything.
        const expected = Object.keys(origins).filter((name) => everybody && !name.includes("same namespace"));
        expect([pod.name, reached]).toEqual([pod.name, expected]);
      }
    }
    const door = segmented.pods.find(({ name }) => name === "proxy");
    for (const ip of ["35.191.1.1", "130.211.1.1"]) {
      expect(door && passes(segmented, { kind: "address", ip }, door, 8080)).toBe(true);
    }
  });

  test("what a pod's environment names in the cluster, it reaches: by the Service's port, at the pods behind it", () => {
    // Migrations have the API's environment and call nobody; the agents' shells use the other one, by the SSRF proxy.
    const callers = segmented.pods.filter(({ name }) => name !== "migration");
    const named = callers.flatMap((pod) =>
      Object.entries({ ...pod.environment, DIFY_AGENT_STUB_API_BASE_URL: "" }).flatMap(([variable, value]) =>
        [...value.matchAll(IN_CLUSTER)].map(({ groups }) => ({ pod, variable, ...groups })),
      ),
    ) as { pod: Pod; variable: string; service: string; namespace?: string; port: string }[];
    expect(new Set(named.map(({ pod }) => pod.name)).size).toBeGreaterThan(3);
    for (const { pod, variable, service, namespace = pod.namespace, port } of named) {
      const found = segmented.services.find(
        ({ metadata }) => metadata.name === service && metadata.namespace === namespace,
      );
      const target = Number(found?.spec.ports.find((one) => one.port === Number(port))?.targetPort);
      const behind = segmented.pods.filter(
        ({ labels, ...other }) =>
          other.namespace === namespace &&
          Object.entries(found?.spec.selector ?? { none: "" }).every(([name, value]) => labels[name] === value),
      );
      expect([pod.name, variable, service, behind.length]).toEqual([pod.name, variable, service, 1]);
      for (const cluster of [segmented, open]) {
        expect([pod.name, variable, behind.map((to) => passes(cluster, pod, to, target))]).toEqual([
          pod.name,
          variable,
          [true],
        ]);
      }
    }
  });
});

test("the document shows what passes: npm run docs has been run since", () => {
  const page = readFileSync(join(__dirname, "../../docs/security.md"), "utf8");
  const rows = (text: string): string[][] =>
    text
      .split("\n")
      .filter((line) => line.startsWith("|") && !/^[|\s:-]+$/.test(line))
      .map((line) => line.split("|").map((cell) => cell.trim()));
  expect(rows(writtenIn(page))).toEqual(rows(matrix(compared())));
});

describe("servers that a file names", () => {
  const { segmented, open } = compared({
    environment_variables: {
      VECTOR_STORE: "weaviate",
      WEAVIATE_ENDPOINT: "http://weaviate.vectors.svc",
      SMTP_SERVER: "10.20.0.25",
      SMTP_PORT: "587",
      S3_ENDPOINT: "https://10.20.0.9",
      OTLP_BASE_ENDPOINT: "http://10.20.0.7:4318",
      REDIS_SENTINELS: "10.20.0.30:26379",
      OF_MY_OWN_URL: "http://dify-tika:9998",
      NOBODYS_URL: "http://nobody.vectors.svc:80",
    },
    component_settings: {
      web: { environment: { SENTRY_DSN: "https://key@10.20.0.8:9000/1" } },
      beat: { environment: { QDRANT_URL: "http://qdrant.vectors.svc.cluster.local:6333" } },
    },
    additional_services: [
      { name: "tika", image: "apache/tika:2.9.2.1", port: 9998, env_vars: { MIRROR: "http://10.20.0.40" } },
    ],
    cron_jobs: [
      { name: "sweep", image: "example/sweep:1", schedule: "0 3 * * *", env_vars: { TO: "tcp://10.20.0.50:7" } },
    ],
    ssrf_proxy_allowed_hosts: ["10.30.0.0/16", "ollama.models.svc.cluster.local", "10.31.0.5:8443"],
    redis_host: "redis.cache.svc.cluster.local",
    outbound_proxy: { host: "10.20.0.60", port: 8080 },
    additional_egress: [
      { components: ["plugin-daemon", "worker"], cidr: "10.40.0.0/24", ports: [8000, 8001] },
      {
        components: ["plugin_daemon"],
        namespace: "models",
        pod_labels: { "app.kubernetes.io/name": "ollama" },
        ports: [11434],
      },
      { components: ["plugin-daemon"], component: "tika" },
      { components: ["api"], cidr: "10.40.1.1", ports: [53], protocol: "UDP" },
    ],
  });
  const pod = (name: string): Pod => {
    const found = segmented.pods.find((one) => one.name === name);
    if (!found) throw new Error(`There is no ${name}`);
    return found;
  };
  const ofOthers = (name: string): Pod => OTHERS[name]?.pod ?? pod(name);
  const at = (ip: string): End => ({ kind: "address", ip });
  /** Who reaches it, of everybody. */
  const reaching = (to: End, port: number, protocol?: string): string[] =>
    segmented.pods
      .filter((from) => passes(segmented, from, to, port, protocol))
      .map(({ name }) => name)
      .sort();
  const api = ["api", "api-websocket", "beat"];

  test.each<[string, End, number, string[]]>([
    ["a mail server, for the API's processes", at("10.20.0.25"), 587, api],
    ["no other port of it", at("10.20.0.25"), 25, []],
    ["nor its neighbour", at("10.20.0.26"), 587, []],
    ["an object store", at("10.20.0.9"), 443, api],
    ["what collects traces, for who reads the variable", at("10.20.0.7"), 4318, [...api, "plugin-daemon"]],
    [
      "a sentinel, for who looks for Redis, migrations included",
      at("10.20.0.30"),
      26379,
      [...api, "migration", "plugin-daemon"],
    ],
    ["and the Redis on its host", at("10.20.0.30"), 6379, [...api, "migration", "plugin-daemon"]],
    ["what a single component is given", at("10.20.0.8"), 9000, ["web"]],
    ["what a service of the user's own is given", at("10.20.0.40"), 80, ["tika"]],
    ["what a job is given", at("10.20.0.50"), 7, ["sweep"]],
    ["a Service, by the ports of its pods", ofOthers("vectors/weaviate"), 8080, api],
    ["not by its own", ofOthers("vectors/weaviate"), 80, []],
    ["its second interface", ofOthers("vectors/weaviate"), 50051, api],
    ["a Service whose port has a name", ofOthers("vectors/qdrant"), 6333, ["beat"]],
    [
      "a Redis in the cluster",
      ofOthers("cache/redis"),
      6379,
      ["agent-backend", ...api, "migration", "plugin-daemon", "sweep"],
    ],
    ["an allowed range, for squid", at("10.30.1.1"), 8443, ["ssrf-proxy"]],
    ["nothing next to it", at("10.31.1.1"), 8443, []],
    ["an address that is allowed on a port", at("10.31.0.5"), 8443, ["ssrf-proxy"]],
    ["on no other port", at("10.31.0.5"), 443, []],
    ["the company's proxy, for squid", at("10.20.0.60"), 8080, ["ssrf-proxy"]],
    [
      "and squid, for who goes out by it",
      pod("ssrf-proxy"),
      3128,
      [...api, "local-sandbox", "plugin-daemon", "sandbox"],
    ],
    [
      "an allowed Service and a model server, each for its own",
      ofOthers("models/ollama"),
      11434,
      ["plugin-daemon", "ssrf-proxy"],
    ],
    ["a range for two, one of them in the API's pod", at("10.40.0.7"), 8001, ["api", "plugin-daemon"]],
    ["by these ports alone", at("10.40.0.7"), 8002, []],
    ["a service of the user's own, both ends", ofOthers("tika"), 9998, [...api, "plugin-daemon"]],
    ["not the metadata server", at("169.254.169.254"), 8001, []],
  ])("%s", (_, to, port, expected) => {
    expect(reaching(to, port)).toEqual([...expected].sort());
  });

  test("by another protocol, where that is said", () => {
    expect(reaching(at("10.40.1.1"), 53, "UDP")).toEqual(["api"]);
    expect(reaching(at("10.40.1.1"), 53)).toEqual([]);
  });

  test("the sandboxes reach none of it, with segmentation or without", () => {
    for (const cluster of [segmented, open]) {
      for (const name of ["sandbox", "local-sandbox"]) {
        for (const [ip, port] of [
          ["10.20.0.25", 587],
          ["10.30.1.1", 8443],
          ["10.40.0.7", 8001],
        ] as const) {
          expect([name, ip, passes(cluster, pod(name), at(ip), port)]).toEqual([name, ip, false]);
        }
      }
    }
  });

  test("a Service that is not there opens nothing, and a plan says so", () => {
    const anyone: Pod = { ...ofOthers("vectors/qdrant"), name: "nobody", labels: { a: "b" } };
    expect(reaching(anyone, 80)).toEqual([]);
  });
});

describe("a pipeline with three stages", () => {
  const { application } = synth({ ...PIPELINE, deletion_protection: false, enable_network_segmentation: true });
  const cluster = clusterOf(application);
  const delivered = deliveredPods(application);

  test("what Cloud Deploy brings reaches what Terraform's pods reach, each in its stage", () => {
    const key = ({ namespace, name }: Pod) => `${namespace}/${name}`;
    const bySelf = (pods: readonly Pod[]): Record<string, string[]> =>
      Object.fromEntries(
        pods.map((from) => [
          key(from),
          pods
            .filter(({ namespace }) => namespace === from.namespace)
            .flatMap((to) =>
              to.ports.flatMap(({ containerPort: port }) =>
                passes(cluster, from, to, port) ? [`${to.name}:${port}`] : [],
              ),
            )
            .sort(),
        ]),
      );
    const made = bySelf(cluster.pods.filter(({ name }) => name !== "db-init"));
    const brought = bySelf(delivered.filter(({ name }) => name !== "verify"));
    expect(new Set(delivered.map(({ namespace }) => namespace)).size).toBe(3);
    expect(brought).toEqual(made);
  });

  test("the check of a release reaches its own stage's API, and nothing else", () => {
    const checks = delivered.filter(({ name }) => name === "verify");
    expect(checks).toHaveLength(3);
    for (const check of checks) {
      const reached = delivered.filter((to) =>
        to.ports.some(({ containerPort }) => passes(cluster, check, to, containerPort)),
      );
      expect(reached.map(({ name, namespace }) => [name, namespace])).toEqual([["api", check.namespace]]);
    }
  });

  test("no stage reaches another one, but for its entry point", () => {
    for (const from of delivered) {
      for (const to of delivered.filter(({ namespace, name }) => namespace !== from.namespace && name !== "proxy")) {
        const open = to.ports.filter(({ containerPort }) => passes(cluster, from, to, containerPort));
        expect([from.namespace, from.name, to.name, open]).toEqual([from.namespace, from.name, to.name, []]);
      }
    }
  });
});

/** `dify-api.dify.svc.cluster.local:5001`, and `dify-api:5001` in the same namespace. */
const IN_CLUSTER = /:\/\/(?<service>[\w-]+)\.(?:address|(?<namespace>[\w-]+)\.svc\.cluster\.local):(?<port>\d+)/g;

const isNamed =
  (pod: Pod) =>
  ({ name }: Job): boolean =>
    name === pod.name;

function answers(
  pairs: readonly (readonly [Pod, Pod])[],
  passing: (from: Pod, to: Pod, port: number) => boolean,
): Record<string, boolean> {
  return Object.fromEntries(
    pairs.flatMap(([from, to]) =>
      to.ports.map(({ containerPort: port }) => [`${from.name} → ${to.name}:${port}`, passing(from, to, port)]),
    ),
  );
}

function talks(from: Facts, to: Facts, port: number): boolean {
  return to.tasks.some((called) => {
    const found = "ports" in called ? called.ports?.find(({ containerPort }) => containerPort === port) : undefined;
    return (
      found !== undefined &&
      from.tasks.some(
        ({ name, talksTo = [] }) => talksTo.includes(called.name) && (found.openTo?.includes(name) ?? true),
      )
    );
  });
}

function untrusted({ tasks }: Facts): boolean {
  return tasks.some((task) => "untrusted" in task && task.untrusted === true);
}

function neededBy(facts: Facts): ReadonlySet<string> {
  const { tasks, job } = facts;
  const says = (what: string): boolean => tasks.some(({ talksTo = [] }) => talksTo.includes(what));
  const database = tasks.some(({ needs }) => needs?.database === true);
  const identity =
    tasks.some(({ needs }) => needs?.googleApis === true || (needs?.buckets ?? []).length > 0) || (database && !job);
  const outside = says("internet") || says("internal");
  const when: Readonly<Record<string, boolean>> = {
    "names (DNS)": !untrusted(facts),
    "database, by the Auth Proxy": (database && !job) || says("internal"),
    "database itself": (database && job) || says("internal"),
    Redis: says("redis") || says("internal"),
    "NFS port": says("internal"),
    "metadata server": identity,
    "Google APIs": identity || outside,
    "internet, any port": outside,
    "VPC, anything else": says("internal"),
  };
  return new Set(Object.keys(when).filter((name) => when[name]));
}
