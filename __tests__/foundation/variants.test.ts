import type { SharedServices } from "../../modules/app-gke/google/shared-services";
import { needs, only, SERVICES, synthesize } from "./stack";

/** A condition that refuses a plan. */
interface Refusal {
  readonly condition: string;
  readonly error_message: string;
}

describe("settings", () => {
  test("without deletion protection everything can be destroyed", () => {
    const stack = synthesize(SERVICES, false);
    expect(only(stack, "google_container_cluster")).toMatchObject({ deletion_protection: false });
    expect(only(stack, "google_sql_database_instance")).toMatchObject({
      deletion_protection: false,
      settings: { deletion_protection_enabled: false },
    });
    expect(only(stack, "google_compute_disk")).toMatchObject({ lifecycle: { prevent_destroy: false } });
  });

  test("the control plane can be closed to all but named ranges", () => {
    const stack = synthesize({
      ...SERVICES,
      cluster: { ...SERVICES.cluster, masterAuthorizedCidrs: ["192.0.2.0/24"] },
    });
    expect(only(stack, "google_container_cluster")).toMatchObject({
      master_authorized_networks_config: {
        gcp_public_cidrs_access_enabled: false,
        cidr_blocks: [{ cidr_block: "192.0.2.0/24" }],
      },
    });
  });

  test("MySQL has its own name for point-in-time recovery", () => {
    const stack = synthesize({ ...SERVICES, sql: { ...SERVICES.sql, databaseVersion: "MYSQL_8_0" } });
    const settings = only(stack, "google_sql_database_instance")["settings"];
    expect(settings).toMatchObject({ backup_configuration: { binary_log_enabled: true } });
    expect(settings).not.toHaveProperty("backup_configuration.point_in_time_recovery_enabled");
  });

  test("a file server without the name of its password is a mistake", () => {
    const fileServer = { ...SERVICES.fileServer, redisPasswordSecret: undefined };
    expect(() => synthesize({ ...SERVICES, fileServer })).toThrow("redisPasswordSecret");
  });
});

describe("an account at Docker Hub", () => {
  const credentials = { user: "dify", passwordSecret: "docker-hub" };
  const stack = synthesize({ ...SERVICES, registry: { ...SERVICES.registry, credentials } });
  const repository = only(stack, "google_artifact_registry_repository");

  test("is given to the mirror by the newest version of its secret, whose value is not read", () => {
    expect(repository).toMatchObject({
      remote_repository_config: {
        upstream_credentials: {
          username_password_credentials: {
            username: "dify",
            password_secret_version: expect.stringMatching(
              /^projects\/.*\/secrets\/docker-hub\/versions\/\$\{data\./,
            ) as unknown,
          },
        },
      },
    });
    expect(Object.values(stack.data?.["google_secret_manager_secret_version"] ?? {})).toEqual([
      expect.objectContaining({ secret: "docker-hub", fetch_secret_data: false }),
    ]);
  });

  test("is read by Artifact Registry's own account, which gets this one secret, and is known to before it is used", () => {
    const readers = Object.entries(stack.resource["google_secret_manager_secret_iam_member"] ?? {}).filter(([name]) =>
      name.includes("registry"),
    );
    expect(readers).toHaveLength(1);
    expect(readers[0]?.[1]).toMatchObject({
      secret_id: "docker-hub",
      role: "roles/secretmanager.secretAccessor",
      member: expect.stringContaining("foundation_registry_service_agent_request.output.email") as unknown,
    });
    expect(repository["depends_on"]).toContain("terraform_data.foundation_registry_password_reader_known_pause");
  });

  test("is nobody's without one, and nothing is read or granted for it", () => {
    const without = synthesize(SERVICES);
    expect(JSON.stringify(without)).not.toContain("upstream_credentials");
    expect(Object.keys(without.data ?? {})).not.toContain("google_secret_manager_secret_version");
  });
});

describe("named services are found, not created", () => {
  const created = (services: SharedServices) =>
    Object.keys(synthesize(services).resource).filter(
      // Google's own accounts are no service of ours either.
      (type) => type !== "google_project_service" && type !== "terraform_data",
    );
  const named = <T extends object>(service: T) => ({ ...service, create: false });
  const none: SharedServices = {
    network: { ...SERVICES.network, create: false, createPrivateServicesAccess: false },
    cluster: named(SERVICES.cluster),
    sql: named(SERVICES.sql),
    fileServer: named(SERVICES.fileServer),
  };

  test("nothing is created when everything is named", () => {
    expect(created(none)).toEqual([]);
  });

  test("the SQL instance alone, in a network with private services access", () => {
    expect(created({ ...none, sql: SERVICES.sql })).toEqual(["google_sql_database_instance"]);
  });

  test("a cluster in an existing network gets a subnetwork and NAT of its own, and leaves the network alone", () => {
    const types = created({ ...none, cluster: SERVICES.cluster });
    expect(types).toEqual(
      expect.arrayContaining(["google_compute_subnetwork", "google_compute_router_nat", "google_container_cluster"]),
    );
    expect(types).not.toContain("google_compute_network");
    expect(types).not.toContain("google_service_networking_connection");
  });

  describe("an existing network", () => {
    const network = { ...none.network, createPrivateServicesAccess: true };
    const existing = (given: Partial<SharedServices["network"]>, services: Partial<SharedServices> = {}) =>
      synthesize({ ...none, cluster: SERVICES.cluster, ...services, network: { ...network, ...given } });

    test("keeps its connection to Google's services: nothing replaces the list of ranges, and ranges refuse the plan", () => {
      const stack = existing({});
      expect(only(stack, "google_service_networking_connection")).toMatchObject({
        update_on_creation_fail: false,
        lifecycle: { ignore_changes: ["reserved_peering_ranges"] },
      });
      expect(stack.data?.["google_compute_addresses"]?.["foundation_private_services_ranges"]).toMatchObject({
        filter:
          '(purpose = "VPC_PEERING") (network = "https://www.googleapis.com/compute/v1/projects/demo-project/global/networks/vpc")',
      });
      const [refusal] = (only(stack, "google_compute_global_address")["lifecycle"] as { precondition: Refusal[] })
        .precondition;
      expect(refusal?.condition).toMatch(/== 0 \|\| contains\(.*, "vpc-google-services"\)}$/);
      expect(refusal?.error_message).toContain("create_private_services_access = false");
      expect(only(synthesize(SERVICES), "google_compute_global_address")).not.toHaveProperty("lifecycle");
    });

    test("gets a gateway with reserved addresses of its own, and no others", () => {
      const stack = existing({ createNat: true, natAddresses: 2 });
      const addresses = stack.resource["google_compute_address"] ?? {};
      const names = Object.keys(addresses).filter((name) => name.startsWith("foundation_nat_address"));
      expect(names.map((name) => addresses[name]?.["name"])).toEqual(["gke-nat-1", "gke-nat-2"]);
      // Otherwise they would be deleted before the gateway has given them up, which Google refuses.
      for (const name of names) expect(addresses[name]?.["lifecycle"]).toEqual({ create_before_destroy: true });
      expect(only(stack, "google_compute_router_nat")).toMatchObject({
        nat_ip_allocate_option: "MANUAL_ONLY",
        nat_ips: names.map((name) => `\${google_compute_address.${name}.self_link}`),
      });
      expect(only(existing({ createNat: true }), "google_compute_router_nat")).toMatchObject({ nat_ips: [] });
    });

    test("keeps its NAT: one is made on request, refused beside one for all, or kept where an earlier apply made it", () => {
      const kept = existing({});
      const ours =
        '${length([for r in [for r in data.google_compute_routers.foundation_nat_routers.routers : r if endswith(r.network, "/networks/vpc")] : r if r.name == "gke-router"])}';
      expect(only(kept, "google_compute_router_nat")["count"]).toBe(ours);
      expect(only(kept, "google_compute_router")["count"]).toBe(ours);
      const made = existing({ createNat: true });
      expect(only(made, "google_compute_router_nat")).not.toHaveProperty("count");
      const [refusal] = (only(made, "google_compute_router_nat")["lifecycle"] as { precondition: Refusal[] })
        .precondition;
      expect(refusal?.error_message).toContain("Set create_nat = false");
      const router = only(made, "google_compute_router");
      expect(router["lifecycle"]).toMatchObject({ ignore_changes: ["description"] });
      expect((router["lifecycle"] as { precondition: Refusal[] }).precondition[0]?.error_message).toMatch(
        /^Subnetwork gke in europe-west1 has a NAT gateway already: .* Set create_nat = false, and that one is used\.$/,
      );
      expect(only(kept, "google_compute_router")).not.toHaveProperty("description");
      const none = existing({ createNat: false }, { fileServer: SERVICES.fileServer });
      expect(none.resource).not.toHaveProperty("google_compute_router_nat");
      for (const [stack, warns] of [
        [kept, true],
        [made, false],
        [none, true],
        [synthesize(SERVICES), false],
      ] as const) {
        expect(JSON.stringify(stack).includes("has no NAT gateway")).toBe(warns);
      }
    });
  });

  test("a network made here has a NAT, and the range of Google's services waits for the subnetwork", () => {
    const stack = synthesize(SERVICES);
    expect(only(stack, "google_compute_router_nat")).not.toHaveProperty("count");
    expect(stack.data ?? {}).not.toHaveProperty("google_compute_routers");
    expect(needs(stack, "google_compute_global_address.foundation_private_services_range")).toContain(
      "google_compute_subnetwork.foundation_subnetwork",
    );
  });

  test("a file server for an existing cluster lets in that cluster's ranges: NFS its nodes, Redis its pods as well", () => {
    const stack = synthesize({ ...none, fileServer: SERVICES.fileServer });
    const firewalls = stack.resource["google_compute_firewall"];
    const nodes = "${data.google_compute_subnetwork.foundation_existing_cluster_subnetwork.ip_cidr_range}";
    const pods =
      "${data.google_container_cluster.foundation_existing_cluster_cluster.ip_allocation_policy[0].cluster_ipv4_cidr_block}";
    expect(firewalls?.["foundation_file_server_firewall_nfs"]).toMatchObject({
      source_ranges: [nodes],
      allow: [{ protocol: "tcp", ports: ["2049"] }],
    });
    expect(firewalls?.["foundation_file_server_firewall_clients"]).toMatchObject({
      source_ranges: [nodes, pods],
      allow: [{ protocol: "tcp", ports: ["6379"] }],
    });
    expect(only(stack, "google_compute_instance_template")["metadata"]).toMatchObject({ "allowed-cidrs": nodes });
  });

  test("the nodes of an existing cluster may pull the mirrored images", () => {
    const stack = synthesize({ ...none, registry: SERVICES.registry });
    expect(only(stack, "google_artifact_registry_repository_iam_member")["member"]).toContain(
      "data.google_container_cluster.foundation_existing_cluster_cluster",
    );
  });
});
