import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runGoogleScript } from "../google-script";
import type { Result } from "../services/processes";
import { describeWith, tools } from "../services/require";
import { MemorystoreApi } from "./memorystore-api";
import { block, needs, SERVICES, type Stack, synthesize } from "./stack";

const SETTINGS = {
  name: "dify-redis",
  passwordSecret: "dify-memorystore-password",
  releaseSecret: "dify-release",
  highAvailability: true,
  memoryGb: 2,
  version: "REDIS_7_0",
  mayFollowAnother: false,
} as const;
const stack: Stack = synthesize({ ...SERVICES, memorystore: SETTINGS });
const ID = "foundation_memorystore";

interface Made {
  readonly input: { readonly instance: Readonly<Record<string, unknown>> };
}

describe("Memorystore in the foundation", () => {
  test("has a replica, a password, TLS, an hour for updates, and forgets no task", () => {
    const { input } = block(stack, `terraform_data.${ID}_instance`) as unknown as Made;
    expect(input.instance).toMatchObject({
      tier: "STANDARD_HA",
      authEnabled: true,
      transitEncryptionMode: "SERVER_AUTHENTICATION",
      connectMode: "PRIVATE_SERVICE_ACCESS",
      redisConfigs: { "maxmemory-policy": "noeviction" },
      maintenancePolicy: { weeklyMaintenanceWindow: [{ day: "SUNDAY", startTime: { hours: 4 } }] },
    });
  });

  test("can be changed later in each field, or is refused another value, or never has another one", () => {
    const script = readFileSync(join(__dirname, "../../scripts/google/memorystore_redis.py"), "utf8");
    const [, changeable = ""] = /^CHANGEABLE = \((.*)\)$/m.exec(script) ?? [];
    const [, fixed = ""] = /^FIXED = \{\n((?: .*\n)+)\}$/m.exec(script) ?? [];
    const known = [...`${changeable}${fixed.replaceAll(/:.*/g, "")}`.matchAll(/"(\w+)"/g)].map(([, name]) => name);
    const { input } = block(stack, `terraform_data.${ID}_instance`) as unknown as Made;
    // customerManagedKey is there with a key only; versions only go up, and there is one way to connect.
    expect([...Object.keys(input.instance), "customerManagedKey"].sort()).toEqual(
      [...known, "connectMode", "redisVersion"].sort(),
    );
  });

  test("is made by nothing that writes its password into the state", () => {
    const types = [...Object.keys(stack.resource), ...Object.keys(stack.data ?? {})];
    expect(types.filter((type) => /redis|memorystore/.test(type))).toEqual([]);
    expect(Object.keys(stack.resource["google_secret_manager_secret_version"] ?? {}).join()).not.toMatch(/memorystore/);
  });

  test("waits for the connection to Google's services and for its API", () => {
    expect([...needs(stack, `terraform_data.${ID}_claim`)]).toEqual(
      expect.arrayContaining([
        "google_project_service.foundation_services_redis",
        "google_service_networking_connection.foundation_private_services_connection",
      ]),
    );
  });

  test("is deleted where it is not asked for any more, and starts empty only where that is said", () => {
    const removed = (of: Stack) =>
      (of as unknown as { removed?: { from: string; provisioner: object[] }[] }).removed?.map(({ from }) => from);
    expect(removed(synthesize(SERVICES))).toEqual([`terraform_data.${ID}_claim`]);
    expect(removed(stack)).toBeUndefined();
    const refused = (of: Stack) => JSON.stringify(block(of, `terraform_data.${ID}_claim`)["lifecycle"] ?? {});
    expect(refused(stack)).toContain("what is queued there would be lost");
    const moved = synthesize({ ...SERVICES, memorystore: { ...SETTINGS, mayFollowAnother: true } });
    expect(refused(moved)).not.toContain("queued there would be lost");
  });
});

describeWith([tools.python], "memorystore_redis.py", () => {
  const { input } = block(stack, `terraform_data.${ID}_instance`) as unknown as Made;
  const instance = { ...input.instance, authorizedNetwork: "projects/demo/global/networks/vpc" };
  let api: MemorystoreApi;
  let address: string;

  beforeEach(async () => {
    api = new MemorystoreApi();
    address = await api.listen();
  });

  afterEach(async () => {
    await api.stop();
  });

  const act = async (action: string, changed: object = {}, more: object = {}): Promise<Result> => {
    const settings = { ...input, project: "demo", location: "europe-west1", impersonate: "", ...more };
    const result = await runGoogleScript({
      ...{ file: "memorystore_redis.py", prefix: "MEMORYSTORE", action, address },
      settings: { ...settings, instance: { ...instance, ...changed } },
    });
    expect(result.stdout + result.stderr).not.toMatch(/very-secret-token|-password-of-/);
    return result;
  };

  test("makes the instance, keeps its password, and notes where it is; a second time changes nothing", async () => {
    api.refusals.push(503);
    expect(await act("ensure")).toMatchObject({
      code: 0,
      stdout: "Memorystore: dify-redis is made, its password is new in secret dify-memorystore-password\n",
    });
    expect(api.instance).toMatchObject({ authEnabled: true, tier: "STANDARD_HA" });
    expect(api.versions).toEqual([api.password]);
    expect(api.annotations["team"]).toBe("ai");
    expect(JSON.parse(api.annotations["redis"] ?? "")).toEqual({
      host: "10.9.0.3",
      port: "6378",
      ca: "PEM 1\nPEM 2\n",
    });
    api.changes.length = 0;
    expect((await act("ensure")).stdout).toMatch(/is as it was, its password is that of secret/);
    expect(api.changes).toEqual([]);
  });

  test("changes what can be changed, and keeps a new password as well", async () => {
    await act("ensure");
    api.changes.length = 0;
    api.password = "other-password-of-36-characters-long";
    const { stdout } = await act("ensure", { memorySizeGb: 5, redisVersion: "REDIS_7_2" });
    expect(stdout).toMatch(/is changed \(memorySizeGb, redisVersion\), its password is new in/);
    expect(api.changes).toEqual([
      "PATCH dify-redis?updateMask=memorySizeGb",
      "POST dify-redis:upgrade",
      "POST dify-memorystore-password:addVersion",
      "POST 1:disable",
    ]);
    expect(api.versions).toHaveLength(2);
  });

  test("a raised number has Google make another password, once, also where the run before broke off in between", async () => {
    await act("ensure");
    const first = api.password;
    api.changes.length = 0;
    const { stdout } = await act("ensure", {}, { rotation: 2, destroysVersions: true });
    expect(stdout).toMatch(/is changed \(authEnabled\), its password is new in/);
    expect(api.changes).toEqual([
      "PATCH dify-redis?updateMask=authEnabled",
      "PATCH dify-redis?updateMask=authEnabled",
      "POST dify-memorystore-password:addVersion",
      "POST 1:destroy",
      "PATCH dify-memorystore-password?updateMask=annotations",
    ]);
    expect(api.instance).toMatchObject({ authEnabled: true });
    expect(api.versions).toEqual([first, `next-${first}`]);
    expect(api.annotations).toMatchObject({ team: "ai", rotation: "2" });

    api.changes.length = 0;
    expect((await act("ensure", {}, { rotation: 2 })).stdout).toMatch(/is as it was/);
    expect((await act("ensure")).stdout).toMatch(/is as it was/);
    expect(api.changes).toEqual([]);

    api.instance = { ...api.instance, authEnabled: false };
    await act("ensure", {}, { rotation: 3 });
    expect(api.instance).toMatchObject({ authEnabled: true });
    expect(api.annotations).toMatchObject({ rotation: "3" });
    expect(api.versions).toHaveLength(3);
  });

  test.each([
    [{ redisVersion: "REDIS_6_X" }, /runs REDIS_7_0, and memorystore_version is REDIS_6_X: Google cannot lower/],
    [{ tier: "BASIC" }, /has tier STANDARD_HA, and BASIC is asked for \(memorystore_high_availability\)/],
    [{ authorizedNetwork: "projects/demo/global/networks/other" }, /authorizedNetwork .*\(network_name\)/],
  ])("refuses %j, which Google cannot change", async (changed, says) => {
    await act("ensure");
    api.changes.length = 0;
    const { code, stderr } = await act("ensure", changed);
    expect([code, stderr]).toEqual([1, expect.stringMatching(says)]);
    expect(api.changes).toEqual([]);
  });

  test("says what Google says where making it fails", async () => {
    api.failure = "no room in this zone";
    expect(await act("ensure")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("making the instance failed: no room in this zone") as string,
    });
    expect(api.versions).toEqual([]);
  });

  test("deletes it, but not under an application that has its queue there", async () => {
    await act("ensure");
    api.queueIn = "memorystore";
    expect(await act("delete")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("the application still has its queue on dify-redis") as string,
    });
    expect(api.instance).toBeDefined();
    api.queueIn = "file-server";
    expect((await act("delete")).stdout).toBe("Memorystore: dify-redis is deleted\n");
    expect((await act("delete")).stdout).toBe("Memorystore: dify-redis was gone already\n");
  });
});
