import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { askHealth, startHealth } from "./health";
import { type Result, run, stopDaemons, unprivileged, until } from "./processes";
import { Redis } from "./redis";
import { describeUnless, describeWith, tools } from "./require";
import { expectSuccess, type Machine, machine, passwords } from "./vm";

const root = process.getuid?.() === 0;
const mounts = root || spawnSync("sudo", ["-n", "true"]).status === 0;
const asRoot = async (command: string, ...args: readonly string[]): Promise<Result> =>
  root ? await run(command, args) : await run("sudo", ["-n", command, ...args]);

const login = ["AUTH", passwords["1"] ?? ""];
let nfs: Server;
let nfsPort: number;

beforeAll(async () => {
  nfs = createServer((socket) => socket.end());
  await new Promise<void>((resolve) => nfs.listen(0, "127.0.0.1", resolve));
  const address = nfs.address();
  nfsPort = typeof address === "object" && address !== null ? address.port : 0;
});

afterAll(async () => {
  await stopDaemons();
  nfs.close();
});

/** A VM after its start, and the lists that the health check reads. */
async function started(): Promise<Machine> {
  const vm = await machine();
  vm.replaceStub("id", `echo ${unprivileged.uid ?? process.getuid?.() ?? 0}`);
  expectSuccess(await vm.boot());
  writeFileSync(join(vm.root, "mountinfo"), `40 22 8:16 / ${vm.root}/srv/data rw - ext4 /dev/sdb rw\n`);
  writeFileSync(join(vm.root, "etab"), `${vm.root}/share\t10.0.0.0/20(rw,sync)\n`);
  return vm;
}

describeWith([tools.redis, tools.python], "the file server at full memory", () => {
  test("is healthy, says so, and refuses to forget", async () => {
    const vm = await started();
    const redis = new Redis(vm, undefined, ["--maxmemory", "4mb"]);
    await redis.start();
    const port = await startHealth(vm, redis, nfsPort);
    const block = "x".repeat(100_000);
    let answer = "";
    for (let index = 0; index < 60 && !answer.startsWith("-"); index++) {
      [, answer = ""] = await redis.ask(login, ["SET", `key${index}`, block]);
    }
    expect(answer).toMatch(/^-OOM/);
    expect(await askHealth(port)).toMatchObject({
      status: 200,
      body: { redis: "answers, over 90 percent of its memory used" },
    });
    await redis.stop("SIGTERM");
  });
});

describeWith([tools.redis, tools.python], "with a disk", () => {
  describeUnless(mounts ? undefined : "only root can mount one", "the file server at a full disk", () => {
    let vm: Machine;
    let redis: Redis;
    let port: number;
    let data: string;
    const client = { uid: unprivileged.uid ?? process.getuid?.(), gid: unprivileged.gid ?? process.getgid?.() };
    /** As the NFS server does: with the user's number and no rights of root's. */
    const fill = async (uid: number, file: string): Promise<string> => {
      const words = ["--reuid", String(uid), "--regid", String(uid), "--clear-groups", "dd", "if=/dev/zero", "bs=64k"];
      return (await asRoot("setpriv", ...words, `of=${file}`)).stderr;
    };

    beforeAll(async () => {
      vm = await started();
      data = join(vm.root, "srv/data");
      const options = /srv\/data ext4 (?<options>\S+) /.exec(vm.read("etc/fstab"))?.groups?.["options"] ?? "";
      expectSuccess(await asRoot("mount", "-o", `loop,${options}`, vm.disk, data));
      const device = (await asRoot("losetup", "-n", "-O", "NAME", "-j", vm.disk)).stdout.trim();
      // What the script asked for.
      const [, ...words] = vm.called("tune2fs")[0]?.split(" ") ?? [];
      expectSuccess(await asRoot("tune2fs", ...words.slice(0, -1), device));
      expectSuccess(await asRoot("install", "-d", "-m", "0775", "-o", "1001", "-g", "1001", join(data, "share")));
      const owner = ["-o", String(client.uid), "-g", String(client.gid)];
      expectSuccess(await asRoot("install", "-d", ...owner, join(data, "redis")));
      expectSuccess(await asRoot("chmod", "-R", "a+rX", vm.root));
      writeFileSync(join(vm.root, "redis.log"), "");
      redis = new Redis(vm, client);
      await redis.start();
      port = await startHealth(vm, redis, nfsPort);
    });

    afterAll(async () => {
      await stopDaemons();
      expectSuccess(await asRoot("umount", data));
    });

    test("keeps the room that uploads cannot have for Redis", async () => {
      expect(await askHealth(port)).toEqual({
        status: 200,
        body: { disk: "mounted", nfs: "exported", redis: "answers" },
      });
      expect(await fill(1001, join(data, "share/upload"))).toContain("No space left on device");
      const jobs = Array.from({ length: 20 }, (_, index) => ["RPUSH", "jobs", `${index}`.repeat(50_000)]);
      expect((await redis.ask(login, ...jobs)).filter((answer) => answer.startsWith("-"))).toEqual([]);
      expect(await redis.ask(login, ["PING"])).toEqual(["+OK", "+PONG"]);
      expect(await askHealth(port)).toMatchObject({
        status: 200,
        body: { disk: "mounted, over 95 percent full", redis: "answers" },
      });
    });

    test("stays healthy when Redis has filled its own room too, and recovers", async () => {
      expect(await fill(client.uid ?? 0, join(data, "redis/more"))).toContain("No space left on device");
      await until("Redis to refuse writes", async () => {
        const [, answer = ""] = await redis.ask(login, ["SET", "large", "x".repeat(100_000)]);
        return answer.startsWith("-MISCONF");
      });
      expect(await askHealth(port)).toMatchObject({
        status: 200,
        body: { redis: "refuses writes, its disk is full or fails" },
      });
      expectSuccess(await asRoot("rm", join(data, "redis/more")));
      await until("Redis to take writes", async () => (await redis.ask(login, ["PING"]))[1] === "+PONG");
      expect((await askHealth(port)).body["redis"]).toBe("answers");
    });
  });
});
