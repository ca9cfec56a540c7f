import { createHash } from "node:crypto";
import { closeSync, openSync, readdirSync, readFileSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { run } from "./processes";
import { bootedMachine, expectSuccess, type Machine, machine, passwords, scripts, startup, token } from "./vm";

describe("startup.sh", () => {
  test("explains itself", async () => {
    const { code, stdout } = await run("bash", [startup, "--help"]);
    expect(code).toBe(0);
    for (const name of ["share-path", "data-disk", "allowed-cidrs", "redis-password-secret", "redis-conf"]) {
      expect(stdout).toContain(name);
    }
    expect((await run("bash", [startup, "--wrong"])).code).toBe(2);
    for (const name of ["startup.sh", "health.py"]) expect(statSync(join(scripts, name)).mode & 0o111).toBe(0o111);
  });

  test("makes a new VM with a new disk the file server", async () => {
    const vm = await machine();
    const result = await vm.boot();
    expectSuccess(result);

    expect(vm.called("mkfs.ext4")).toHaveLength(1);
    const uuid = (await run("/usr/sbin/blkid", ["-p", "-o", "value", "-s", "UUID", vm.disk])).stdout.trim();
    expect(uuid).toMatch(/^[0-9a-f-]{36}$/);
    expect(vm.read("etc/fstab").split("\n")).toEqual([
      "UUID=boot / ext4 rw 0 1",
      "# BEGIN dify",
      expect.stringMatching(new RegExp(`^UUID=${uuid} ${vm.root}/srv/data ext4 \\S*nofail\\S* 0 2$`)),
      expect.stringMatching(new RegExp(`^${vm.root}/srv/data/share ${vm.root}/share none bind,nofail\\S* 0 0$`)),
      "# END dify",
      "",
    ]);
    // A quarter of the small disk, for the user that fstab names.
    expect(vm.read("etc/fstab")).toContain(",resuid=65534,");
    const header = (await run("/usr/sbin/dumpe2fs", ["-h", vm.disk])).stdout;
    const blocks = Number(/^Block count: *(?<blocks>\d+)$/m.exec(header)?.groups?.["blocks"]);
    expect(vm.called("tune2fs")).toEqual([`tune2fs -r ${blocks / 4} ${vm.disk}`]);
    expect(vm.called("mount")).toEqual([`mount ${vm.root}/srv/data`, `mount ${vm.root}/share`]);
    expect(vm.called("install")[0]).toBe(`install -d -m 0775 -o 1001 -g 1001 ${vm.root}/srv/data/share`);

    const options = "(rw,sync,no_subtree_check,mp,fsid=1,all_squash,anonuid=1001,anongid=1001)";
    expect(vm.read("etc/exports.d/dify.exports")).toBe(
      `${vm.root}/share 10.0.0.0/20${options}\n${vm.root}/share 10.4.0.0/14${options}\n`,
    );
    expect(vm.read("etc/nfs.conf.d/dify.conf")).toContain("vers3=n");
    for (const unit of ["nfs-server", "redis-server", "dify-health"]) {
      expect(vm.called("systemctl")).toEqual(
        expect.arrayContaining([`systemctl enable ${unit}`, `systemctl restart ${unit}`]),
      );
    }
    expect(vm.called("exportfs")).toEqual(["exportfs -ra"]);
    // NFS and Redis start only on a mounted disk, also at the next boot, before this script runs.
    expect(vm.read("etc/systemd/system/redis-server.service.d/dify.conf")).toContain(
      `RequiresMountsFor=${vm.root}/srv/data\n`,
    );
    expect(vm.read("etc/systemd/system/nfs-server.service.d/dify.conf")).toContain(
      `RequiresMountsFor=${vm.root}/share\n`,
    );
  });

  test("keeps password and token to itself", async () => {
    const vm = await machine();
    const { stdout, stderr } = await vm.boot({ SHELLOPTS: "xtrace" });
    const { stdout: quietOut, stderr: quietErr } = await vm.boot();
    const password = passwords["1"] ?? "";
    for (const secret of [password, token, Buffer.from(password).toString("base64")]) {
      // Not even in a trace, should somebody switch it on.
      expect(stdout + stderr + quietOut + quietErr).not.toContain(secret);
      expect(vm.calls.join("\n")).not.toContain(secret);
    }
    const holding = Object.entries(vm.written()).filter(([, content]) => content.includes(password));
    expect(holding).toEqual([["etc/dify/redis-password", `600 ${password}`]]);
    expect(statSync(join(vm.root, "etc/dify")).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(vm.root, "run"))).toEqual([]);
    const digest = createHash("sha256").update(password).digest("hex");
    expect(vm.read("etc/redis/dify-access.conf")).toContain(`user default on #${digest} `);
  });

  test("changes nothing when run again, at a reboot or by hand", async () => {
    const vm = await bootedMachine();
    const before = vm.written();
    expectSuccess(await vm.reboot());
    expect(vm.written()).toEqual(before);
    for (const name of ["mkfs.ext4", "apt-get"]) expect(vm.called(name)).toEqual([]);
    expect(vm.called("systemctl").filter((call) => call.includes("restart"))).toEqual([]);
    expect(vm.called("systemctl")).toContain("systemctl start redis-server");
    expect(vm.called("mount")).toHaveLength(2);
    expectSuccess(await vm.boot());
    expect(vm.called("mount")).toHaveLength(2);
  });

  test("a new VM takes over the disk of the old one", async () => {
    const vm = await machine();
    expectSuccess(await run("/usr/sbin/mkfs.ext4", ["-q", "-L", "precious", vm.disk]));
    const before = createHash("sha256").update(readFileSync(vm.disk)).digest("hex");
    expectSuccess(await vm.boot());
    expect(vm.called("mkfs.ext4")).toEqual([]);
    expect(createHash("sha256").update(readFileSync(vm.disk)).digest("hex")).toBe(before);
  });

  const writeAt = (file: string, position: number, bytes: readonly number[]): void => {
    const handle = openSync(file, "r+");
    writeSync(handle, Buffer.from(bytes), 0, bytes.length, position);
    closeSync(handle);
  };

  test.each<[string, (vm: Machine) => Promise<void> | void, RegExp]>([
    [
      "another file system",
      async (vm) => {
        expectSuccess(await run("/usr/sbin/mkswap", [vm.disk]));
      },
      /holds 'swap', not ext4; not touching it/,
    ],
    [
      "a partition table",
      (vm) => {
        writeAt(vm.disk, 446, [0x80, 0, 2, 0, 0x83, 0, 8, 0, 0, 8, 0, 0, 0, 0x10, 0, 0]);
        writeAt(vm.disk, 510, [0x55, 0xaa]);
      },
      /not touching it/,
    ],
    [
      "bytes that nothing knows",
      (vm) => {
        writeAt(vm.disk, 700_000, [1]);
      },
      /holds no file system but is not empty; not touching it/,
    ],
    [
      "what blkid cannot tell",
      (vm) => {
        vm.replaceStub("blkid", "exit 8");
      },
      /blkid cannot tell what is on .* \(code 8\); not touching it/,
    ],
  ])("never formats a disk that holds %s", async (_, prepare, message) => {
    const vm = await machine();
    await prepare(vm);
    const before = createHash("sha256").update(readFileSync(vm.disk)).digest("hex");
    const { code, stderr } = await vm.boot();
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(vm.called("mkfs.ext4")).toEqual([]);
    expect(createHash("sha256").update(readFileSync(vm.disk)).digest("hex")).toBe(before);
  });

  test("waits for the disk and for package servers, but not for ever", async () => {
    const vm = await machine();
    vm.failApt(1);
    const { code, stderr } = await vm.boot();
    expect(code).toBe(0);
    expect(stderr).toContain("installing packages: attempt 1 of 2 failed");

    const other = await machine();
    other.failApt(99);
    expect((await other.boot()).stderr).toContain("error: could not install nfs-kernel-server redis-server python3");

    const diskless = await machine();
    diskless.attributes["data-disk"] = "missing";
    const missing = await diskless.boot();
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringMatching(/there is no disk .*google-missing/)]);
  });

  test.each<[string, string, RegExp]>([
    ["allowed-cidrs", "10.0.0.0/8 *(rw)", /'\*\(rw\)' is no CIDR range/],
    ["allowed-cidrs", " , ", /nobody could mount/],
    ["share-path", "/share *(rw)", /is no plain path/],
    ["share-path", "/share/../etc", /is no plain path/],
    ["data-disk", "../../sda", /is no device name/],
    ["redis-password-secret", "projects/p/secrets/x", /is no version of a secret/],
  ])("refuses %s %j", async (name, value, message) => {
    const vm = await machine();
    vm.attributes[name] = value;
    const { code, stderr } = await vm.boot();
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(vm.called("mkfs.ext4")).toEqual([]);
  });

  test("says which attribute is missing", async () => {
    const vm = await machine();
    delete vm.attributes["redis-conf"];
    expect((await vm.boot()).stderr).toContain("error: cannot read metadata attribute redis-conf");
  });

  test("takes ranges separated by commas as well, IPv6 included", async () => {
    const vm = await machine();
    vm.attributes["allowed-cidrs"] = "10.0.0.0/20,fd00::/8\n";
    expectSuccess(await vm.boot());
    const clients = vm.read("etc/exports.d/dify.exports").replace(/\(.*\)/g, "");
    expect(clients).toBe(`${vm.root}/share 10.0.0.0/20\n${vm.root}/share fd00::/8\n`);
  });

  test("a password that cannot be read stops a new VM, but not one that has it already", async () => {
    const vm = await machine();
    vm.secretManagerWorks = false;
    const { code, stderr } = await vm.boot();
    expect([code, stderr]).toEqual([1, expect.stringContaining("error: could not read projects/p/secrets/dify-redis")]);
    vm.secretManagerWorks = true;
    expectSuccess(await vm.boot());
    const before = vm.written();
    vm.secretManagerWorks = false;
    const later = await vm.reboot();
    expectSuccess(later);
    expect(later.stderr).toContain("going on with the password of the last start");
    expect(vm.written()).toEqual(before);
  });

  test("a new password reaches Redis and the health check, and restarts nothing else", async () => {
    const vm = await bootedMachine();
    vm.attributes["redis-password-secret"] = "projects/p/secrets/dify-redis/versions/2";
    expectSuccess(await vm.reboot());
    expect(vm.read("etc/dify/redis-password")).toBe(passwords["2"]);
    const restarted = vm.called("systemctl").filter((call) => call.includes("restart"));
    expect(restarted).toEqual(["systemctl restart redis-server", "systemctl restart dify-health"]);
  });
});
