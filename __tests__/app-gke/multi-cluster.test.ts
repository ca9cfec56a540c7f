import { runGoogleScript } from "../google-script";
import type { Result } from "../services/processes";
import { describeWith, tools } from "../services/require";
import { synth } from "../terraform/synth";
import { FleetApi } from "./fleet-api";

const ROLE = "roles/compute.networkViewer";
const MEMBER = "principal://importer";
const LABELS = { "app.kubernetes.io/instance": "dify-demo-1" };

describe("a Service that other clusters know", () => {
  const { application } = synth({
    enable_multi_cluster_service: true,
    enable_cloud_armor: true,
    multi_cluster_client_ranges: ["10.20.0.0/16"],
  });
  const policies = application.resource["kubernetes_network_policy_v1"] ?? {};

  test("takes connections from there, although a gateway is in front of it, and no other component does", () => {
    const open = Object.entries(policies).filter(([, policy]) => JSON.stringify(policy).includes("10.20.0.0/16"));
    expect(open.map(([name]) => name)).toEqual(["app_workload_network_proxy"]);
  });

  test("is taken back where it is not asked for any more", () => {
    const removed = (stack: object) =>
      (stack as { removed: readonly { from: string }[] }).removed.map(({ from }) => from);
    const claim = "terraform_data.app_multi_cluster_service_claim";
    expect(removed(synth({ deploy_application: false }).application)).toContain(claim);
    expect(removed(application)).not.toContain(claim);
  });

  test("is that of the entry point, in a cluster that is a member before", () => {
    const claim = application.resource["terraform_data"]?.["app_multi_cluster_service_claim"];
    expect(claim?.["input"]).toMatchObject({
      service: "${kubernetes_service_v1.app_workload_proxy_service_service.metadata[0].name}",
    });
    expect(claim?.depends_on).toContain("google_gke_hub_membership.app_fleet_membership");
  });
});

describeWith([tools.python], "multi_cluster_service.py", () => {
  let api: FleetApi;
  let address: string;

  beforeEach(async () => {
    api = new FleetApi();
    address = await api.listen();
  });

  afterEach(async () => {
    await api.stop();
  });

  const act = (action: string, user = "one"): Promise<Result> =>
    runGoogleScript({
      ...{ file: "multi_cluster_service.py", prefix: "FLEET", action, address },
      settings: {
        ...{ project: "demo", membership: "own", member: MEMBER, user, impersonate: "" },
        ...{ cluster: "projects/demo/locations/l/clusters/c", host: address, ca: null },
        ...{ namespace: "dify", service: "dify-proxy", labels: LABELS },
      },
    });
  const viewers = () => api.bindings.filter(({ role }) => role === ROLE).flatMap(({ members }) => members);

  test("turns the feature on, waits for the kind, and does nothing twice", async () => {
    api.unknown = 2;
    api.conflicts = 1;
    expect(await act("join")).toMatchObject({ code: 0, stderr: "" });
    expect(api).toMatchObject({ feature: { "user-one": "1", "role-given": "1" }, exported: LABELS });
    expect(viewers()).toEqual([MEMBER]);
    expect((await act("join")).stdout).toContain("on already");
    expect(viewers()).toEqual([MEMBER]);
  });

  test("the last one turns it off, and takes back only what was given here", async () => {
    await act("join");
    await act("join", "two");
    expect((await act("leave")).stdout).toContain("left on for 1 other deployments");
    expect([api.exported, Object.keys(api.feature ?? {})]).toEqual([
      undefined,
      expect.not.arrayContaining(["user-one"]),
    ]);
    api.members = ["own", "theirs"];
    expect((await act("leave", "two")).stdout).toContain("left on for other clusters of the fleet (theirs)");
    api.members = ["own"];
    expect((await act("leave", "two")).stdout).toContain("turned off");
    expect([api.feature, viewers()]).toEqual([undefined, []]);
    expect(api.bindings).toEqual([{ role: "roles/owner", members: ["user:a@example.com"] }]);
    expect((await act("leave")).stdout).toContain("off already");
  });

  test("leaves alone what is somebody else's: feature, role and export", async () => {
    api.feature = { team: "network" };
    api.bindings.push({ role: ROLE, members: [MEMBER] });
    await act("join");
    expect(api.feature).toEqual({ team: "network" });
    api.exported = { ...LABELS, "app.kubernetes.io/instance": "other" };
    expect((await act("join")).stderr).toContain("a ServiceExport dify-proxy of somebody else's");
    await act("leave");
    expect(api).toMatchObject({ feature: { team: "network" }, exported: { "app.kubernetes.io/instance": "other" } });
    expect(viewers()).toEqual([MEMBER]);
    api.cluster = false;
    expect((await act("leave")).code).toBe(0);
  });
});
