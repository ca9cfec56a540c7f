import { clusterRequirements } from "../../modules/app-gke/google/cluster-requirements";
import { fileServerRequirements } from "../../modules/app-gke/google/file-server-requirements";
import { filestoreRequirements } from "../../modules/app-gke/google/filestore-requirements";
import { registryRequirements } from "../../modules/app-gke/google/registry-requirements";
import { postconditions, type Requirement } from "../../modules/app-gke/google/requirement";
import { sqlRequirements } from "../../modules/app-gke/google/sql-requirements";
import {
  foundCluster,
  foundFileServer,
  foundFilestore,
  foundRegistry,
  foundSqlInstance,
} from "../../scripts/google-apis/found";
import { evaluate, hasTerraform, type Question } from "../terraform/evaluate";

/** A service as Google's API answers, and as Terraform's data source has it. */
interface Sample {
  readonly what: string;
  readonly answer: object;
  readonly self: object;
  /** Ids of the requirements that it does not meet. */
  readonly lacks: readonly string[];
}

const CLUSTER = {
  answer: {
    name: "shared",
    location: "us-central1",
    status: "RUNNING",
    autopilot: { enabled: true },
    network: "vpc",
    networkConfig: { network: "projects/demo-project/global/networks/vpc", datapathProvider: "ADVANCED_DATAPATH" },
    workloadIdentityConfig: { workloadPool: "demo-project.svc.id.goog" },
    currentMasterVersion: "1.33.2-gke.1",
  },
  self: {
    endpoint: "34.1.2.3",
    enable_autopilot: true,
    datapath_provider: "ADVANCED_DATAPATH",
    network: "projects/demo-project/global/networks/vpc",
    network_policy: [],
    workload_identity_config: [{ workload_pool: "demo-project.svc.id.goog" }],
    master_version: "1.33.2-gke.1",
  },
};
const STANDARD = {
  answer: { ...CLUSTER.answer, autopilot: undefined },
  self: { ...CLUSTER.self, enable_autopilot: null },
};

type Both = Pick<Sample, "answer" | "self">;

function cluster(what: string, change: Both, lacks: readonly string[], base: Both = CLUSTER): Sample {
  return { what, answer: { ...base.answer, ...change.answer }, self: { ...base.self, ...change.self }, lacks };
}

function version(text: string, lacks: readonly string[], base: Both = CLUSTER): Sample {
  return cluster(
    `version ${text}`,
    { answer: { currentMasterVersion: text }, self: { master_version: text } },
    lacks,
    base,
  );
}

const CLUSTERS: readonly Sample[] = [
  cluster("an Autopilot cluster", { answer: {}, self: {} }, []),
  cluster("a standard one with Dataplane V2", { answer: {}, self: {} }, [], STANDARD),
  cluster(
    "the add-on for network policies",
    {
      answer: {
        networkConfig: { network: "projects/demo-project/global/networks/vpc" },
        networkPolicy: { enabled: true },
      },
      self: { datapath_provider: "", network_policy: [{ enabled: true, provider: "CALICO" }] },
    },
    [],
    STANDARD,
  ),
  cluster(
    "nothing that enforces network policies",
    {
      answer: { networkConfig: { network: "projects/demo-project/global/networks/vpc" } },
      self: { datapath_provider: null, network_policy: [{ enabled: false, provider: "" }] },
    },
    ["network-policies"],
    STANDARD,
  ),
  cluster(
    "no Workload Identity",
    { answer: { workloadIdentityConfig: undefined }, self: { workload_identity_config: [] } },
    ["workload-identity"],
    STANDARD,
  ),
  cluster(
    "Workload Identity of another project",
    {
      answer: { workloadIdentityConfig: { workloadPool: "other.svc.id.goog" } },
      self: { workload_identity_config: [{ workload_pool: "other.svc.id.goog" }] },
    },
    ["workload-identity"],
    STANDARD,
  ),
  cluster(
    "another network",
    {
      answer: { networkConfig: { network: "projects/demo-project/global/networks/other" } },
      self: { network: "projects/demo-project/global/networks/other" },
    },
    ["network"],
  ),
  cluster(
    "a network of that name in another project",
    {
      answer: { networkConfig: { network: "projects/host-project/global/networks/vpc" } },
      self: { network: "projects/host-project/global/networks/vpc" },
    },
    ["network"],
  ),
  cluster(
    "a network by its project's number",
    {
      answer: { networkConfig: { network: "projects/123456789012/global/networks/vpc" } },
      self: { network: "projects/123456789012/global/networks/vpc" },
    },
    [],
  ),
  cluster(
    "a network whose name ends like it",
    {
      answer: { networkConfig: { network: "projects/demo-project/global/networks/my-vpc" } },
      self: { network: "projects/demo-project/global/networks/my-vpc" },
    },
    ["network"],
  ),
  version("1.30.2-gke.1393999", ["version"]),
  version("1.30.1-gke.9999999", ["version"]),
  version("1.29.14-gke.1018000", ["version"]),
  version("1.30.2-gke.1394000", []),
  version("1.30.10-gke.1", []),
  version("2.0.0-gke.1", []),
  // What is no version is left to the cluster, and Standard raises nothing.
  version("latest", []),
  version("1.28.1-gke.1", [], STANDARD),
  version("1.25.16-gke.2", [], STANDARD),
  version("1.24.17-gke.3", ["kubernetes"], STANDARD),
  endpoints("no address and no DNS name", false, false, ["endpoint"]),
  endpoints("a DNS name alone", false, true, []),
  endpoints("an address alone", true, false, []),
];

function endpoints(what: string, ip: boolean, dns: boolean, lacks: readonly string[]): Sample {
  return cluster(
    what,
    {
      answer: {
        controlPlaneEndpointsConfig: {
          ipEndpointsConfig: { enabled: ip },
          dnsEndpointConfig: { allowExternalTraffic: dns },
        },
      },
      self: {
        control_plane_endpoints_config: [
          { dns_endpoint_config: [{ allow_external_traffic: dns }], ip_endpoints_config: [{ enabled: ip }] },
        ],
      },
    },
    lacks,
  );
}

function gateways(channel: string | undefined, lacks: readonly string[], base: Both = CLUSTER): Sample {
  return cluster(
    `Gateway API: ${channel ?? "not reported"}`,
    {
      answer: {
        networkConfig: {
          ...CLUSTER.answer.networkConfig,
          ...(channel !== undefined && { gatewayApiConfig: { channel } }),
        },
      },
      self: { gateway_api_config: channel === undefined ? [] : [{ channel }] },
    },
    lacks,
    base,
  );
}

const GATEWAYS: readonly Sample[] = [
  gateways(undefined, []),
  gateways("CHANNEL_DISABLED", ["gateway-api"]),
  gateways("CHANNEL_STANDARD", [], STANDARD),
  gateways("CHANNEL_EXPERIMENTAL", [], STANDARD),
  gateways(undefined, ["gateway-api"], STANDARD),
];

function prometheus(enabled: boolean | undefined, lacks: readonly string[], base: Both = CLUSTER): Sample {
  return cluster(
    `Managed Service for Prometheus: ${enabled ?? "not reported"}`,
    {
      answer: { monitoringConfig: enabled === undefined ? {} : { managedPrometheusConfig: { enabled } } },
      self: { monitoring_config: [{ managed_prometheus: enabled === undefined ? [] : [{ enabled }] }] },
    },
    lacks,
    base,
  );
}

function fuse(enabled: boolean | undefined, lacks: readonly string[], base: Both = CLUSTER): Sample {
  return cluster(
    `the driver of Cloud Storage FUSE: ${enabled ?? "not reported"}`,
    {
      answer: { addonsConfig: enabled === undefined ? {} : { gcsFuseCsiDriverConfig: { enabled } } },
      self: { addons_config: [{ gcs_fuse_csi_driver_config: enabled === undefined ? [] : [{ enabled }] }] },
    },
    lacks,
    base,
  );
}

const FUSE: readonly Sample[] = [
  fuse(undefined, []),
  fuse(true, [], STANDARD),
  fuse(false, ["bucket-volumes"], STANDARD),
  fuse(undefined, ["bucket-volumes"], STANDARD),
];

function vertical(enabled: boolean | undefined, lacks: readonly string[], base: Both = CLUSTER): Sample {
  return cluster(
    `vertical autoscaling: ${enabled ?? "not reported"}`,
    {
      answer: enabled === undefined ? {} : { verticalPodAutoscaling: { enabled } },
      self: { vertical_pod_autoscaling: enabled === undefined ? [] : [{ enabled }] },
    },
    lacks,
    base,
  );
}

const VERTICAL: readonly Sample[] = [
  vertical(undefined, []),
  vertical(true, [], STANDARD),
  vertical(false, ["vertical-autoscaling"], STANDARD),
  vertical(undefined, ["vertical-autoscaling"], STANDARD),
];

const MEMBER = "//gkehub.googleapis.com/projects/1/locations/us-central1/memberships/one";
const FLEET: readonly Sample[] = [
  cluster("in a fleet", { answer: { fleet: { membership: MEMBER } }, self: { fleet: [{ membership: MEMBER }] } }, []),
  cluster("in no fleet", { answer: {}, self: { fleet: [] } }, ["fleet"]),
];

const PROMETHEUS: readonly Sample[] = [
  prometheus(undefined, []),
  prometheus(false, ["managed-prometheus"]),
  prometheus(true, [], STANDARD),
  prometheus(undefined, ["managed-prometheus"], STANDARD),
];

const IAM = { name: "cloudsql.iam_authentication", value: "on" };
const SQL = {
  answer: {
    name: "shared",
    databaseVersion: "POSTGRES_15",
    state: "RUNNABLE",
    ipAddresses: [
      { type: "PRIMARY", ipAddress: "34.1.2.3" },
      { type: "PRIVATE", ipAddress: "10.1.2.3" },
    ],
    settings: {
      activationPolicy: "ALWAYS",
      ipConfiguration: { privateNetwork: "projects/demo-project/global/networks/vpc" },
      databaseFlags: [IAM],
    },
  },
  self: {
    database_version: "POSTGRES_15",
    private_ip_address: "10.1.2.3",
    settings: [
      {
        ip_configuration: [{ private_network: "projects/demo-project/global/networks/vpc" }],
        database_flags: [IAM],
      },
    ],
  },
};

function sql(what: string, change: Both, lacks: readonly string[]): Sample {
  return { what, answer: { ...SQL.answer, ...change.answer }, self: { ...SQL.self, ...change.self }, lacks };
}

function engine(text: string, lacks: readonly string[]): Sample {
  return sql(text, { answer: { databaseVersion: text }, self: { database_version: text } }, lacks);
}

function inNetwork(network: string | null) {
  return {
    answer: { settings: { ipConfiguration: { privateNetwork: network ?? undefined }, databaseFlags: [IAM] } },
    self: { settings: [{ ip_configuration: [{ private_network: network }], database_flags: [IAM] }] },
  };
}

const INSTANCES: readonly Sample[] = [
  sql("an instance that fits", { answer: {}, self: {} }, []),
  engine("POSTGRES_13", []),
  engine("POSTGRES_17", []),
  engine("POSTGRES_12", ["version"]),
  engine("POSTGRES_9_6", ["version"]),
  engine("MYSQL_8_0", ["engine"]),
  sql("no private address", { answer: { ipAddresses: [] }, self: { private_ip_address: "" } }, ["private-address"]),
  sql("another network", inNetwork("projects/demo-project/global/networks/other"), ["network"]),
  sql("the same name in another project", inNetwork("projects/host-project/global/networks/vpc"), ["network"]),
  sql("an address by another way than a connection", inNetwork(null), []),
  sql("no logins of service accounts", flagged("cloudsql.iam_authentication", "off"), ["iam-authentication"]),
  sql("another flag alone", flagged("max_connections", "on"), ["iam-authentication"]),
];

function flagged(name: string, value: string) {
  const { answer, self } = inNetwork("projects/demo-project/global/networks/vpc");
  return {
    answer: { settings: { ...answer.settings, databaseFlags: [{ name, value }] } },
    self: { settings: [{ ...self.settings[0], database_flags: [{ name, value }] }] },
  };
}

const VM = {
  answer: {
    name: "shared",
    status: "RUNNING",
    zone: "https://www.googleapis.com/compute/v1/projects/demo-project/zones/us-central1-b",
    networkInterfaces: [{ network: "https://www.googleapis.com/compute/v1/projects/demo-project/global/networks/vpc" }],
  },
  self: { network_interface: [{ network: "projects/demo-project/global/networks/vpc" }] },
};
const OTHER = "projects/demo-project/global/networks/other";

const SERVERS: readonly Sample[] = [
  { what: "a VM that fits", ...VM, lacks: [] },
  {
    what: "another network",
    answer: { ...VM.answer, networkInterfaces: [{ network: OTHER }] },
    self: { network_interface: [{ network: OTHER }] },
    lacks: ["network"],
  },
];

function registry(what: string, answer: object, self: object, lacks: readonly string[]): Sample {
  const docker = { format: "DOCKER", mode: "REMOTE_REPOSITORY" };
  return { what, answer: { ...docker, ...answer }, self: { ...docker, ...self }, lacks };
}

function fetches(what: string, answer: object, self: object, lacks: readonly string[]): Sample {
  return registry(what, { remoteRepositoryConfig: answer }, { remote_repository_config: [self] }, lacks);
}

const REGISTRIES: readonly Sample[] = [
  fetches(
    "Docker Hub",
    { dockerRepository: { publicRepository: "DOCKER_HUB" } },
    { docker_repository: [{ public_repository: "DOCKER_HUB", custom_repository: [] }], common_repository: [] },
    [],
  ),
  ...["https://registry-1.docker.io", "https://docker.io/library"].map((uri) =>
    fetches(uri, { commonRepository: { uri } }, { docker_repository: [], common_repository: [{ uri }] }, []),
  ),
  ...["https://ghcr.io", "https://mydocker.io", "https://docker.io.example.com"].map((uri) =>
    fetches(
      uri,
      { dockerRepository: { customRepository: { uri } } },
      { docker_repository: [{ public_repository: null, custom_repository: [{ uri }] }], common_repository: [] },
      ["docker-hub"],
    ),
  ),
  registry(
    "copies",
    { mode: "STANDARD_REPOSITORY" },
    { mode: "STANDARD_REPOSITORY", remote_repository_config: [] },
    [],
  ),
  registry(
    "packages",
    { format: "NPM", mode: "VIRTUAL_REPOSITORY" },
    { format: "NPM", mode: "VIRTUAL_REPOSITORY", remote_repository_config: [] },
    ["images"],
  ),
];

function filestore(what: string, answer: object, self: object, lacks: readonly string[]): Sample {
  const name = "projects/demo-project/locations/us-central1-b/instances/shared";
  return {
    what,
    answer: { name, state: "READY", networks: [{ network: "vpc", ipAddresses: ["10.3.0.2"] }], ...answer },
    self: { networks: [{ network: "vpc", ip_addresses: ["10.3.0.2"] }], file_shares: [{ name: "vol1" }], ...self },
    lacks,
  };
}

function exported(...modes: readonly string[]): readonly [object, object] {
  return [
    { fileShares: [{ nfsExportOptions: modes.map((accessMode) => ({ accessMode })) }] },
    { file_shares: [{ nfs_export_options: modes.map((access_mode) => ({ access_mode })) }] },
  ];
}

const HOST_VPC = "projects/host-project/global/networks/vpc";
const FILESTORES: readonly Sample[] = [
  filestore("a Filestore that fits", {}, {}, []),
  filestore(
    "a network of that name in another project",
    { networks: [{ network: HOST_VPC, ipAddresses: ["10.3.0.2"] }] },
    { networks: [{ network: HOST_VPC, ip_addresses: ["10.3.0.2"] }] },
    ["network"],
  ),
  filestore("no address", { networks: [{ network: "vpc" }] }, { networks: [{ network: "vpc", ip_addresses: [] }] }, [
    "address",
  ]),
  filestore("nobody may write", ...exported("READ_ONLY"), ["writable"]),
  filestore("some may write", ...exported("READ_ONLY", "READ_WRITE"), []),
];

const WANTED = {
  name: "shared",
  projectId: "demo-project",
  location: "us-central1",
  region: "us-central1",
  networkName: "vpc",
  databaseVersion: "POSTGRES_15",
  iamAuthentication: true,
};

interface Row {
  readonly what: string;
  readonly id: string;
  readonly met: boolean;
  readonly expected: boolean;
  readonly self: object;
  /** In Terraform's language. @default - a plan does not check it */
  readonly condition?: string;
}

function rows<Found>(
  requirements: readonly Requirement<Found>[],
  read: (answer: object) => Found,
  samples: readonly Sample[],
): Row[] {
  return samples.flatMap(({ what, answer, self, lacks }) =>
    requirements.map(({ id, condition, met }) => ({
      what,
      id,
      met: met(read(answer)),
      expected: !lacks.includes(id),
      self,
      condition,
    })),
  );
}

const ROWS = [
  ...rows(clusterRequirements(WANTED), foundCluster, CLUSTERS),
  ...rows(clusterRequirements({ ...WANTED, gatewayApi: true }), foundCluster, GATEWAYS),
  ...rows(clusterRequirements({ ...WANTED, managedPrometheus: true }), foundCluster, PROMETHEUS),
  ...rows(clusterRequirements({ ...WANTED, bucketVolumes: true }), foundCluster, FUSE),
  ...rows(clusterRequirements({ ...WANTED, verticalAutoscaling: true }), foundCluster, VERTICAL),
  ...rows(clusterRequirements({ ...WANTED, fleet: true }), foundCluster, FLEET),
  ...rows(clusterRequirements({ ...WANTED, endpoint: "dns" }), foundCluster, [
    endpoints("its DNS name is open, as wanted", true, true, []),
    endpoints("its DNS name is wanted", true, false, ["endpoint"]),
  ]),
  ...rows(clusterRequirements({ ...WANTED, endpoint: "ip" }), foundCluster, [
    endpoints("an address is wanted", false, true, ["endpoint"]),
  ]),
  ...rows(sqlRequirements(WANTED), foundSqlInstance, INSTANCES),
  ...rows(fileServerRequirements(WANTED), foundFileServer, SERVERS),
  ...rows(registryRequirements(WANTED), foundRegistry, REGISTRIES),
  ...rows(filestoreRequirements(WANTED), foundFilestore, FILESTORES),
];

test("what Google's API answers meets the requirements that it should", () => {
  expect(ROWS.filter(({ met, expected }) => met !== expected)).toEqual([]);
  // Each of a plan's requirements is met by one sample and not by another.
  for (const { id, condition } of ROWS) {
    if (condition === undefined) continue;
    expect([id, new Set(ROWS.filter((row) => row.id === id).map(({ expected }) => expected)).size]).toEqual([id, 2]);
  }
});

(hasTerraform ? test : test.skip)("a plan decides as the commands do", () => {
  const asked = ROWS.filter(({ condition }) => condition !== undefined);
  const questions = asked.map(({ what, id, condition = "", self }, index): [string, Question] => [
    `${index} ${id}: ${what}`,
    { conditions: [{ condition: `\${${condition}}`, error_message: id }], values: { self } },
  ]);
  const answers = evaluate(new Map(questions));
  expect(asked.filter(({ met }, index) => met !== (answers.get(questions[index]?.[0] ?? "")?.length === 0))).toEqual(
    [],
  );
});

test.each([
  ["what nothing shows to a data source", { location: "us-east1" }, "location", "GKE cluster shared is in us-east1"],
  ["a cluster that is going", { status: "STOPPING" }, "status", "has the status STOPPING"],
])("%s is checked by the commands alone", (_, change, id, says) => {
  const all = clusterRequirements(WANTED);
  const found = foundCluster({ ...CLUSTER.answer, ...change });
  const [unmet, ...others] = all.filter(({ met }) => !met(found));
  expect([unmet?.id, unmet?.condition, others]).toEqual([id, undefined, []]);
  expect(unmet?.message(unmet.shown?.of(found) ?? "").fact).toContain(says);
});

test("a refusal states fact, consequence and remedy, with the value from the plan", () => {
  const checks = [
    ...postconditions(
      clusterRequirements({ ...WANTED, gatewayApi: true, managedPrometheus: true, bucketVolumes: true }),
    ),
    ...postconditions(sqlRequirements(WANTED)),
    ...postconditions(fileServerRequirements(WANTED)),
    ...postconditions(registryRequirements(WANTED)),
    ...postconditions(filestoreRequirements(WANTED)),
  ];
  for (const { condition, errorMessage } of checks) {
    expect(condition).toMatch(/^\$\{.+\}$/);
    expect(errorMessage).toMatch(
      /^(GKE cluster|Cloud SQL instance|File server|Repository|Filestore) shared .+: .+\. [A-Z].+$/s,
    );
  }
  expect(checks.map(({ errorMessage }) => errorMessage).join("\n")).toContain(
    "gcloud container clusters upgrade shared --master --location=us-central1 --project=demo-project",
  );
});
