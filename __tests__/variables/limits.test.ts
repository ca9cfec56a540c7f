import { allowed } from "../../modules/dify-gke/variables/describe";
import { definitionOf } from "../../modules/dify-gke/variables";
import { checkValue } from "../../modules/dify-gke/variables/check";

function check(name: string, value: unknown) {
  const definition = definitionOf(name);
  if (!definition) throw new Error(`${name} has no definition`);
  return checkValue(definition, value);
}

/** Values at the limits: the last ones allowed and the first ones refused. */
const cases: readonly (readonly [name: string, allowed: readonly unknown[], refused: readonly unknown[]])[] = [
  [
    "project_id",
    ["demo-project", "abc123", "a".repeat(30)],
    ["demo", "Demo-project", "1demo-project", "demo-project-", "a".repeat(31), ""],
  ],
  [
    "region",
    ["us-central1", "northamerica-northeast2", "europe-west12"],
    ["us-central", "us-central1-a", "US-CENTRAL1", ""],
  ],
  ["tenant_id", ["a", "demo", "a".repeat(20)], ["a".repeat(21), "1a", "a-", "A", "a_b", ""]],
  ["application_name", ["dify"], ["Dify", "dify ", "a".repeat(21)]],
  ["cpu_limit", ["2000m", "2", "0.5"], ["2Gi", "two", "-1", "", "1.5m"]],
  ["memory_limit", ["4Gi", "512Mi", "1073741824", "1.5Gi"], ["4GiB", "4 Gi", "Gi", "-4Gi", "4", "512", "1000Ki"]],
  ["min_instance_count", [0, 1000], [-1, 1001, 1.5]],
  ["max_instance_count", [1], [0]],
  [
    "container_build_config",
    [{ artifact_repo_name: "images" }],
    [{ artifact_repo_name: "Images" }, { artifact_repo_name: "a b" }, { artifact_repo_name: "" }],
  ],
  ["container_port", [1, 65535], [0, 65536, 80.5]],
  ["pdb_min_available", [0, 1, "50%", "100%"], ["101%", "half", -1]],
  ["timeout_seconds", [0, 3600], [-1, 3601]],
  ["secret_rotation_period", ["3600s", "2592000s"], ["3599s", "30d", "3600", "60m"]],
  [
    "environment_variables",
    [{ LOG_LEVEL: "INFO", _x1: "" }],
    [{ "LOG-LEVEL": "INFO" }, { "1X": "a" }, { X: null }, ["X"]],
  ],
  [
    "secret_environment_variables",
    [{ OPENAI_API_KEY: "my-openai_key" }],
    [{ OPENAI_API_KEY: "projects/p/secrets/s" }, { OPENAI_API_KEY: "" }],
  ],
  [
    "resource_labels",
    [{ env: "dev", "a_b-c": "" }, {}],
    [
      { Env: "dev" },
      { env: "Dev" },
      { env: "a".repeat(64) },
      { "1env": "x" },
      Object.fromEntries(Array.from({ length: 61 }, (_, index) => [`l${index}`, "x"])),
    ],
  ],
  [
    "prereq_gke_subnet_cidr",
    ["10.201.0.0/24", "192.168.0.0/16"],
    ["10.201.0.1/24", "10.201.0.0", "10.256.0.0/24", "10.0.0.0/33", "fd00::/8", ""],
  ],
  ["prereq_gke_pod_cidr_override", ["", "10.0.0.0/14"], ["10.1.0.0/14", "pods"]],
  ["master_authorized_networks", [[], ["203.0.113.7/32"]], [["203.0.113.7"], "203.0.113.7/32"]],
  [
    "ssrf_proxy_allowed_hosts",
    [
      ["wiki.internal.example.com", ".corp.example.com", "10.0.0.5", "10.0.0.0/8"],
      ["wiki.example.com:8443", ".corp.example.com:1", "10.0.0.5:65535", "10.0.0.0/8:443"],
    ],
    [
      ...[["10.0.0.1/8"], ["http://x"], ["a b"], ["300.1.1.1"], ["https://wiki.example.com:8443"], [":8443"]],
      ...[
        ["x:0"],
        ["x:08"],
        ["x:65536"],
        ["x:"],
        ["x:https"],
        ["x:1:2"],
        ["x:80/path"],
        ["10.0.0.1/8:443"],
        ["[::1]:443"],
      ],
    ],
  ],
  [
    "additional_egress",
    [
      [{ components: ["plugin_daemon"], cidr: "10.0.0.7", ports: [1, 65535] }],
      [{ components: ["api"], namespace: "kube-system", pod_labels: { "a.b/c": "d" }, ports: [8080], protocol: "UDP" }],
      [{ components: ["api"], component: "tika" }],
    ],
    [
      [{ cidr: "10.0.0.7", ports: [1] }],
      [{ components: [], cidr: "10.0.0.7", ports: [1] }],
      [{ components: ["a b"], cidr: "10.0.0.7", ports: [1] }],
      [{ components: ["api"], cidr: "10.0.0.1/8", ports: [1] }],
      [{ components: ["api"], cidr: "models.corp.example", ports: [1] }],
      [{ components: ["api"], cidr: "fd00::1", ports: [1] }],
      [{ components: ["api"], cidr: "10.0.0.7", ports: [0] }],
      [{ components: ["api"], cidr: "10.0.0.7", ports: ["https"] }],
      [{ components: ["api"], cidr: "10.0.0.7", ports: [1], protocol: "ICMP" }],
      [{ components: ["api"], namespace: "Models", ports: [1] }],
    ],
  ],
  [
    "application_domains",
    [["dify.example.com"]],
    [["dify"], ["https://dify.example.com"], ["Dify.example.com"], ["-a.example.com"]],
  ],
  ["support_users", [["ops@example.com"]], [["ops"], ["ops@example"], ["a@b.com,c@d.com"]]],
  [
    "iap_authorized_users",
    [["user:a@example.com", "a@example.com", "serviceAccount:x@p.iam.gserviceaccount.com"]],
    [["group:a@example.com"], ["a"]],
  ],
  [
    "backup_schedule",
    ["0 2 * * *", "*/15 * * * *", "0 9-17 * * 1-5", "0,30 2 * * 0", ""],
    ["0 2 * *", "60 2 * * *", "0 24 * * *", "0 2 0 * *", "@daily", "5-1 2 * * *", "*/0 * * * *"],
  ],
  ["db_name", ["dify_db", "_x", "a".repeat(63)], ["1db", "dify-db", "a".repeat(64), ""]],
  ["database_password_length", [16, 64], [15, 65]],
  ["nat_address_count", [0, 20], [-1, 21, 1.5]],
  ["database_type", ["POSTGRES", "POSTGRES_15", "MYSQL_8_0", "NONE"], ["ORACLE", "postgres", ""]],
  ["stateful_update_strategy", ["OnDelete", "RollingUpdate"], ["Recreate"]],
  ["service_type", ["ClusterIP"], ["clusterip", "ExternalName"]],
  ["gke_cluster_name", ["", "shared-1"], ["Shared", "a".repeat(64), "-a"]],
  ["nfs_mount_path", ["/mnt/nfs"], ["mnt/nfs", "/", "/mnt//nfs"]],
  ["state_backend", ["", "gcs"], ["local", "s3"]],
  [
    "state_bucket",
    ["", "my-state.example", `${"a".repeat(63)}.example`],
    ["ab", "My-Bucket", "a..b", "10.0.0.3", "a".repeat(64)],
  ],
  ["upload_file_size_limit_mb", [1, 1024], [0, 1025]],
  ["secret_revisions", [{ "secret-key": 2 }], [{ "secret-key": 0 }, { "a b": 1 }]],
  ["component_image_tags", [{ web: "1.16.1", plugin_daemon: "0.6.3-local" }], [{ worker: "1.16.1" }, { web: "" }]],
  [
    "storage_buckets",
    [[], [{ name_suffix: "data", storage_class: "NEARLINE" }]],
    [[{}], [{ name_suffix: "Data" }], [{ name_suffix: "a", retention: 1 }]],
  ],
  [
    "cron_jobs",
    [[{ name: "clean", schedule: "0 3 * * *" }]],
    [
      [{ name: "clean" }],
      [{ name: "clean", schedule: "daily" }],
      [{ name: "clean", schedule: "0 3 * * *", starting_deadline_seconds: 5 }],
    ],
  ],
  [
    "additional_services",
    [[{ name: "tika", image: "apache/tika:2.9.2", port: 9998 }]],
    [[{ name: "tika", port: 9998 }], [{ name: "tika", image: "a b", port: 1 }]],
  ],
  [
    "initialization_jobs",
    [
      ...[["nginx:1.29"], ["ghcr.io/a/b__c:v1"], ["localhost:5000/a-b/c.d:1"], [`a/b@sha256:${"0".repeat(64)}`]],
      ...[["Registry.example.com/a:1"], [""]],
    ].map(([image]) => [{ name: "a", image }]),
    [
      ...["nginx", "a/b", "a b:1", "a:1:2", "A:1", "a//b:1", "a/:1", "a:", "a:-x", "a/b@sha256:00", "a___b:1", "-a:1"],
      ...[`a:${"x".repeat(129)}`, `${"a".repeat(300)}:1`, "https://a/b:1", "a.b:x/c:1"],
    ].map((image) => [{ name: "a", image }]),
  ],
  [
    "namespace_name",
    ["", "dify", "defaults"],
    ["default", "kube-system", "kube-public", "kube-node-lease", "gke-managed-system", "gmp-public", "Dify"],
  ],
  [
    "service_annotations",
    [{ "a.b/c": "" }, { c: "x" }],
    [{ "a..b/c": "" }, { "/c": "" }, { "a/b/c": "" }, { "A/c": "" }],
  ],
  [
    "nfs_machine_type",
    ["e2-small", "n2-standard-4", "e2-custom-4-8192", "custom-2-4096", "c4d-standard-8-lssd"],
    ["e2-gigantic", "e2-standard-5", "n2-standard-4-x", "small", "e2-custom-0-1024", "e2-custom-2-1000"],
  ],
  [
    "sql_tier",
    ["db-f1-micro", "db-custom-1-3840", "db-custom-96-638976", "db-perf-optimized-N-8"],
    [
      "db-custom-3-11520",
      "db-custom-2-1024",
      "db-custom-2-99999",
      "db-custom-98-638976",
      "db-custom-2",
      "db-custom-2-7681",
    ],
  ],
  [
    "cicd_trigger_config",
    ["^main$", "^release/.*$", "(?i)^MAIN$", "^(?P<name>a|b)$", "[[:alpha:]]+"].map((branch_pattern) => ({
      branch_pattern,
    })),
    ["(", "^(?!main$).*", "(a)\\1", "[z-a]", "", "a{1001}", "(a|b)*".repeat(200)].map((branch_pattern) => ({
      branch_pattern,
    })),
  ],
  [
    "cicd_trigger_config",
    [{ substitutions: { _A: "", _B: "x".repeat(4000) } }],
    [{ substitutions: { _A: "é".repeat(2001) } }, { substitutions: { [`_${"A".repeat(100)}`]: "x" } }],
  ],
  ["iap_exempt_paths", [["/v1"]], [[`/${"a".repeat(1024)}`]]],
  [
    "nfs_mount_path",
    ["/mnt/nfs", "/mnt/.hidden"],
    [`/${"a".repeat(1024)}`, "/mnt/../etc", "/mnt/.", "/a:b", "/./a", "/mnt/nfs/.."],
  ],
  [
    "component_settings",
    [{ web: { tolerations: [{ key: "a.b/c", value: "d" }] } }],
    [{ web: { tolerations: [{ key: "a/b/c", value: "d" }] } }, { web: { tolerations: [{ key: "a", value: "-" }] } }],
  ],
  ["cloud_deploy_stages", [[{ name: "dev" }]], [[], [{ name: "Dev" }], [{ name: "dev", namespace: "kube-system" }]]],
  [
    "alert_policies",
    [[{ name: "cpu", metric_type: "m", comparison: "COMPARISON_GT", threshold_value: 0.8, duration_seconds: 60 }]],
    [[{ name: "cpu", metric_type: "m", comparison: "GT", threshold_value: 1, duration_seconds: 1 }]],
  ],
  [
    "github_repository_url",
    ["", "https://github.com/owner/name"],
    ["github.com/owner/name", "https://github.com/owner"],
  ],
];

describe.each(cases)("limits of %s", (name, allowed, refused) => {
  it.each(allowed.map((value) => [JSON.stringify(value), value] as const))("allows %s", (_, value) => {
    expect(check(name, value)).toHaveProperty("value");
  });

  it.each(refused.map((value) => [JSON.stringify(value), value] as const))("refuses %s", (_, value) => {
    expect(check(name, value)).toHaveProperty("complaints");
  });
});

describe("conversions", () => {
  it.each([
    ["min_instance_count", "2", 2],
    ["max_instance_count", "1e1", 10],
    ["enable_nfs", "true", true],
    ["enable_nfs", "false", false],
    ["enable_nfs", "1", true],
    ["redis_port", 6380, "6380"],
    ["quota_cpu_limits", 8, "8"],
    ["pdb_min_available", "50%", "50%"],
    ["environment_variables", { A: 1, B: true }, { A: "1", B: "true" }],
    ["explicit_secret_names", ["A"], ["A"]],
  ])("%s = %j is taken as Terraform takes it", (name, given, expected) => {
    expect(check(name, given)).toEqual({ value: expected });
  });

  it.each([
    ["enable_nfs", "yes"],
    ["enable_nfs", "True"],
    ["enable_nfs", "constructor"],
    ["enable_nfs", 1],
    ["min_instance_count", "two"],
    ["min_instance_count", true],
    ["min_instance_count", ""],
    ["redis_host", ["a"]],
    ["redis_host", {}],
    ["explicit_secret_names", "A"],
    ["storage_buckets", { name_suffix: "data" }],
  ])("%s = %j is refused", (name, given) => {
    expect(check(name, given)).toHaveProperty("complaints");
  });

  it("takes a null field of an object for one that is not given", () => {
    expect(check("uptime_check_config", { enabled: false, path: null })).toEqual({
      value: { enabled: false, path: "/health", check_interval: "60s", timeout: "10s" },
    });
  });
});

describe("complaints", () => {
  it.each([
    ["namespace_name", "null", []],
    ["project_id", "undefined", []],
    ["db_name", "None", []],
    ["static_ip_name", "nil", []],
    ["additional_services", [{ name: "undefined", image: "a:1", port: 80 }], [0, "name"]],
    ["secret_environment_variables", { A: "null" }, ["A"]],
  ])("%s takes no word for a name that a template left", (name, value, path) => {
    expect(check(name, value)).toEqual({ complaints: [expect.objectContaining({ id: "value-left-over", path })] });
  });

  // In parts, so that scanners for keys do not find these in this repository.
  it.each([
    ["environment_variables", { FOO: ["sk", "proj", "a1".repeat(20)].join("-") }, ["FOO"]],
    ["environment_variables", { FOO: `AIza${"x".repeat(35)}` }, ["FOO"]],
    ["secret_environment_variables", { FOO: ["sk", "a1".repeat(24)].join("-") }, ["FOO"]],
    ["redis_password_secret", ["ghp", "a1".repeat(18)].join("_"), []],
    ["cron_jobs", [{ name: "a", args: ["--key", ["xoxb", "1".repeat(24)].join("-")] }], [0, "args", 1]],
    ["environment_variables", { FOO: `${"-".repeat(5)}BEGIN PRIVATE KEY${"-".repeat(5)}\nMII` }, ["FOO"]],
    ["environment_variables", { FOO: `AKIA${"A1".repeat(8)}` }, ["FOO"]],
  ])("%s takes no key in the place of its name, and shows none", (name, value, path) => {
    expect(check(name, value)).toEqual({
      complaints: [expect.objectContaining({ id: "secret-in-value", path, given: "(not shown)" })],
    });
  });

  it("takes what only begins like one", () => {
    const value = { A: "sk-learn", B: "task-".repeat(20), C: "hf_hub", D: "AKIA", E: "sk-image-builder-for-everybody" };
    expect(check("environment_variables", value)).toEqual({ value });
  });

  it("takes such a word where any text may be", () => {
    for (const [name, value] of [
      ["description", "null"],
      ["environment_variables", { A: "None" }],
      ["session_affinity", "None"],
    ] as const)
      expect(check(name, value)).toEqual({ value });
  });

  it("names the field, what was given and what is allowed", () => {
    expect(check("cron_jobs", [{ name: "clean", schedule: "daily", concurrency_polcy: "Allow" }])).toEqual({
      complaints: [
        {
          id: "value-not-allowed",
          path: [0, "schedule"],
          message: '"cron_jobs[0].schedule" has a value that is not allowed.',
          given: '"daily"',
          allowed: expect.stringMatching(/^string: a cron expression of five fields, such as 0 2 \* \* \*/) as string,
        },
        expect.objectContaining({
          message: '"cron_jobs[0]" has no field "concurrency_polcy". Did you mean "concurrency_policy"?',
        }) as unknown,
      ],
    });
  });

  it("says which field is missing", () => {
    expect(check("storage_buckets", [{ location: "EU" }])).toEqual({
      complaints: [expect.objectContaining({ message: '"storage_buckets[0].name_suffix" is missing.' }) as unknown],
    });
  });

  it("does not show what may be a secret", () => {
    const wrong = [
      check("environment_variables", { OPENAI_API_KEY: ["sk-hidden"] }),
      check("environment_variables", ["sk-hidden"]),
      check("cron_jobs", [{ name: "a", schedule: "0 3 * * *", env_vars: { X: { y: "sk-hidden" } } }]),
    ];
    expect(JSON.stringify(wrong)).not.toContain("sk-hidden");
    for (const result of wrong) expect(result).toHaveProperty("complaints");
  });
});

test.each([
  ["iap_exempt_paths", "at most 50 entries; each: a path"],
  ["cloud_deploy_stages", "at least one entry; with name"],
  ["public_urls", "at most 16 entries; each: http"],
  ["support_users", "list(string): each: an e-mail address"],
] as const)("a message about %s says how many entries it takes", (name, says) => {
  const schema = definitionOf(name)?.schema;
  expect(schema && allowed(schema)).toContain(says);
});
