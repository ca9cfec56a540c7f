import { createConnection } from "node:net";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { synth } from "../terraform/synth";
import { get } from "../dify/synthesize";
import { askHealth, startHealth } from "./health";
import { stopDaemons } from "./processes";
import { Redis } from "./redis";
import { describeWith, tools } from "./require";
import { expectSuccess, type Machine, machine, passwords, scripts } from "./vm";

const OWN = "projects/p/secrets/dify-redis/versions";
const QA = "projects/p/secrets/qa/versions";
const LIST = "projects/p/secrets/redis-servers/versions/latest";
const [FIRST = "", SECOND = ""] = Object.values(passwords);

/** What a foundation with an overlap gives the VM. */
const { metadata } = Object.values(
  synth({ redis_password_overlap_hours: 1, deploy_application: false }).foundation?.resource
    .google_compute_instance_template ?? {},
)[0] as { metadata: Record<string, string> };

describeWith([tools.redis, tools.python], "a new password for a Redis that runs", () => {
  let vm: Machine;
  let own: Redis;
  let qa: Redis;
  let now = { own: 1, qa: 1 };

  const list = (overlap: number): void => {
    vm.secrets[`${OWN}/latest`] = vm.secrets[`${OWN}/${now.own}`];
    const servers = [{ name: "stage-qa", port: qa.port, password: `${QA}/${now.qa}` }];
    vm.secrets[LIST] = JSON.stringify({ servers, overlap, own: `${OWN}/${now.own}` });
  };
  /** What the VM's timer does. @returns the calls of systemctl that interrupt something */
  const minute = async (): Promise<readonly string[]> => {
    expectSuccess(await vm.startRedisServers({ REDIS_PORT: String(own.port) }));
    return vm.called("systemctl").filter((call) => /restart/.test(call));
  };
  const signIn = async (redis: Redis, ...all: string[]): Promise<string> =>
    (await Promise.all(all.map(async (one) => (await redis.ask(["AUTH", one]))[0] === "+OK"))).join(" ");

  beforeAll(async () => {
    vm = await machine();
    vm.attributes["redis-servers"] = metadata["redis-servers"] ?? "";
    vm.attributes["redis-password-secret"] = `${OWN}/latest`;
    vm.secrets[`${QA}/1`] = "of-qa";
    vm.secrets[`${QA}/2`] = "new-of-qa";
    own = new Redis(vm);
    qa = new Redis(vm, undefined, [], "stage-qa");
    qa.port = 6392;
    list(3600);
    expectSuccess(await vm.boot());
    list(3600);
    // The first pass gives both servers the user that tells them: here nobody restarts them, so they start now.
    await vm.startRedisServers();
    await Promise.all([own.start(), qa.start()]);
  });
  afterAll(async () => {
    await stopDaemons();
  });

  test("the VM is told of the newest version, and another version is not another VM", () => {
    const versions = [1, 2].map((revision) => {
      const { foundation } = synth({
        redis_password_overlap_hours: 1,
        deploy_application: false,
        secret_revisions: { "redis-password": revision },
      });
      const [template] = Object.values(foundation?.resource.google_compute_instance_template ?? {});
      const version = foundation?.resource.google_secret_manager_secret_version;
      expect(version?.foundation_file_server_redis_password_version).toMatchObject({
        secret_data_wo_version: revision,
      });
      return get(template, "metadata");
    });
    expect(versions[0]).toEqual(versions[1]);
    expect(metadata["redis-password-secret"]).toMatch(/\/versions\/latest$/);
  });

  test("nothing changes, and nothing is interrupted", async () => {
    expect(await minute()).toEqual([]);
    expect(await signIn(own, FIRST, SECOND)).toBe("true false");
    expect(await signIn(qa, "of-qa", "new-of-qa", FIRST)).toBe("true false false");
  });

  test("both are taken, no connection ends, and the health check asks with the new one", async () => {
    const port = await startHealth(vm, own, 1);
    const open = createConnection(own.port, "127.0.0.1");
    const said = async (words: string): Promise<string> =>
      await new Promise((resolve) => {
        open.once("data", (data) => {
          resolve(String(data).trim());
        });
        open.write(`${words}\r\n`);
      });
    expect(await said(`AUTH ${FIRST}`)).toBe("+OK");
    now = { own: 2, qa: 2 };
    list(3600);
    expect(await minute()).toEqual(["systemctl restart dify-health"]);
    expect(await signIn(own, FIRST, SECOND, "other")).toBe("true true false");
    expect(await signIn(qa, "of-qa", "new-of-qa", "other")).toBe("true true false");
    expect(await said("PING")).toBe("+PONG");
    open.destroy();
    expect((await askHealth(port)).body).toMatchObject({ redis: "answers" });
    expect(readFileSync(join(vm.root, "etc/dify/redis-password"), "utf8")).toBe(SECOND);
    expect(await minute()).toEqual([]);
  });

  test("the next VM takes both, too", async () => {
    expectSuccess(await vm.reboot());
    // startup.sh knows one; the pass that it starts knows what is on the disk.
    await vm.startRedisServers({ REDIS_PORT: "1" });
    await own.stop("SIGTERM");
    await own.start();
    expect(await signIn(own, FIRST, SECOND)).toBe("true true");
    expect(await own.ask(["AUTH", SECOND], ["ACL", "LIST"])).toEqual(["+OK", expect.stringMatching(/^-NOPERM/)]);
  });

  test("the one before ends when its time is over, and the sooner if the time is shortened", async () => {
    list(0);
    expect(await minute()).toEqual([]);
    expect(await signIn(own, FIRST, SECOND)).toBe("false true");
    expect(await signIn(qa, "of-qa", "new-of-qa")).toBe("false true");
  });

  test("no password is anywhere but in the files that hold them, and the disk has digests alone", () => {
    for (const password of [FIRST, SECOND, "of-qa"]) {
      expect(vm.calls.join("\n")).not.toContain(password);
      const holding = Object.keys(vm.written()).filter((file) => vm.written()[file]?.includes(password));
      expect(holding.filter((file) => !/^etc\/dify\/redis(-password|\/stage-qa\.password)$/.test(file))).toEqual([]);
    }
    expect(vm.written()["srv/data/redis-passwords/own"]).toMatch(/^600 [0-9a-f]{64} -\n$/);
  });

  test("a password that cannot be read leaves everything as it is", async () => {
    now = { own: 3, qa: 2 };
    list(3600);
    const { code } = await vm.startRedisServers({ REDIS_PORT: String(own.port) });
    expect(code).toBe(1);
    expect(await signIn(own, SECOND)).toBe("true");
  });
});

test("without an overlap, the VM gets what it always got", () => {
  const { foundation } = synth({ deploy_application: false });
  const [template] = Object.values(foundation?.resource.google_compute_instance_template ?? {});
  expect(get<Record<string, string>>(template, "metadata")["redis-servers"]).toBe(
    readFileSync(join(scripts, "redis_servers.py"), "utf8"),
  );
});
