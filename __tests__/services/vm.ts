import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server } from "node:http";
import { dirname, join, relative } from "node:path";
import { preparedPython } from "./prepared-python";
import { removeDirectory, type Result, run, temporaryDirectory } from "./processes";

export const scripts = join(__dirname, "../../scripts/file-server");
export const startup = join(scripts, "startup.sh");
const mebibyte = 1024 * 1024;

/** Redis passwords by the version of their secret; the second one has everything that needs quoting somewhere. */
export const passwords: Readonly<Record<string, string>> = { "1": "s3cret-Redis-Passw0rd", "2": `other "pass" \\word` };
export const token = "ya29.secret-token";

/** Stands for a VM: a root directory, commands that only say what they were asked to do, and Google's two servers. */
export class Machine {
  readonly root = temporaryDirectory("vm");
  readonly disk = join(this.root, "dev/disk/by-id/google-data");
  /** Where `keep` puts it. */
  private readonly kept = `${this.root}-kept`;
  private readonly bin = join(this.root, "stubs");
  private readonly state = join(this.root, "state");
  attributes: Record<string, string> = {
    "share-path": "/share",
    "data-disk": "/dev/disk/by-id/google-data",
    "allowed-cidrs": "10.0.0.0/20 10.4.0.0/14",
    "redis-password-secret": "projects/p/secrets/dify-redis/versions/1",
    "redis-conf": readFileSync(join(scripts, "redis.conf"), "utf8"),
    "redis-servers": readFileSync(join(scripts, "redis_servers.py"), "utf8"),
    "redis-servers-secret": "projects/p/secrets/redis-servers/versions/latest",
    "health-check": readFileSync(join(scripts, "health.py"), "utf8"),
  };
  secretManagerWorks = true;
  /** Values in Secret Manager, by `projects/…/versions/…`. */
  readonly secrets: Record<string, string | undefined> = Object.fromEntries(
    Object.entries(passwords).map(([version, value]) => [`projects/p/secrets/dify-redis/versions/${version}`, value]),
  );
  private server?: Server;
  private url = "";

  async start(): Promise<this> {
    for (const directory of [dirname(this.disk), this.bin, this.state, join(this.root, "etc")]) {
      mkdirSync(directory, { recursive: true });
    }
    this.newDisk();
    writeFileSync(join(this.root, "etc/fstab"), "UUID=boot / ext4 rw 0 1\n");

    // Whatever reaches a command line can be read by everybody on the machine, so it is recorded.
    const record = `#!/bin/sh\nprintf '%s\\n' "\${0##*/} $*" >>"${this.state}/calls"\n`;
    const stub = (name: string, body: string): void => {
      writeFileSync(join(this.bin, name), record + body);
      chmodSync(join(this.bin, name), 0o755);
    };
    for (const name of ["systemctl", "exportfs", "resize2fs", "tune2fs", "chown", "sysctl"]) stub(name, "");
    stub("id", "echo 65534");
    stub("mountpoint", `grep -qxF "$2" "${this.state}/mounts" 2>/dev/null`);
    stub("mount", `echo "$1" >>"${this.state}/mounts"`);
    stub("dpkg-query", `[ -e ${this.state}/installed ] && printf installed`);
    stub(
      "apt-get",
      `if [ -s ${this.state}/apt-fails ]; then sed -i 1d ${this.state}/apt-fails; exit 100; fi
       case $* in *install*) : >${this.state}/installed ;; esac`,
    );
    // There need not be a user "redis" on the machine that runs the tests.
    stub(
      "install",
      `for word; do
         shift
         if [ "$skip" ]; then skip=; continue; fi
         case $word in -o | -g) skip=yes ;; *) set -- "$@" "$word" ;; esac
       done
       exec /usr/bin/install "$@"`,
    );
    for (const name of ["blkid", "dumpe2fs", "mkfs.ext4", "curl", "python3"]) {
      const program = ["/usr/sbin", "/usr/bin"].map((directory) => join(directory, name)).find(existsSync) ?? name;
      stub(name, `exec ${program} "$@"`);
    }

    this.server = createServer((incoming, outgoing) => {
      const url = incoming.url ?? "";
      const answer = (status: number, body = ""): void => {
        outgoing.writeHead(status).end(body);
      };
      const attribute = /^\/metadata\/instance\/attributes\/(?<name>.*)$/.exec(url)?.groups?.name;
      const version = /^\/secrets\/(?<version>.+):access$/.exec(url)?.groups?.version;
      if (version !== undefined) {
        const value = this.secrets[version];
        if (incoming.headers.authorization !== `Bearer ${token}` || !this.secretManagerWorks || value === undefined) {
          answer(403);
          return;
        }
        answer(200, JSON.stringify({ payload: { data: Buffer.from(value).toString("base64") } }));
      } else if (incoming.headers["metadata-flavor"] !== "Google") answer(403);
      else if (url === "/metadata/instance/service-accounts/default/token") {
        answer(200, JSON.stringify({ access_token: token, expires_in: 3600 }));
      } else {
        const value = this.attributes[attribute ?? ""];
        answer(value === undefined ? 404 : 200, value);
      }
    });
    const { server } = this;
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    this.url = `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
    return this;
  }

  newDisk(): void {
    writeFileSync(this.disk, "");
    truncateSync(this.disk, 32 * mebibyte);
  }

  /** The script, as the VM's agent runs it. */
  async boot(environment: Record<string, string> = {}): Promise<Result> {
    return await run("/bin/bash", [startup], this.options({ ATTEMPTS: "2", PAUSE: "0", ...environment }));
  }

  /** What the VM's timer runs, as startup.sh installed it. */
  async startRedisServers(environment: Record<string, string> = {}): Promise<Result> {
    writeFileSync(join(this.state, "calls"), "");
    const script = join(this.root, "usr/local/lib/dify/redis_servers.py");
    return await preparedPython("/usr/bin/python3")([script], this.options(environment));
  }

  private options(environment: Record<string, string>): { readonly cwd: string; readonly env: Record<string, string> } {
    return {
      cwd: "/",
      env: {
        PATH: `${this.bin}:/usr/sbin:/usr/bin:/sbin:/bin`,
        ROOT: this.root,
        METADATA_URL: `${this.url}/metadata`,
        SECRET_MANAGER_URL: `${this.url}/secrets`,
        ...environment,
      },
    };
  }

  /** A reboot: nothing is mounted any more. */
  async reboot(): Promise<Result> {
    writeFileSync(join(this.state, "mounts"), "");
    writeFileSync(join(this.state, "calls"), "");
    return await this.boot();
  }

  get calls(): string[] {
    return readFileSync(join(this.state, "calls"), "utf8").trim().split("\n");
  }

  called(name: string): string[] {
    return this.calls.filter((call) => call.startsWith(`${name} `));
  }

  failApt(times: number): void {
    writeFileSync(join(this.state, "apt-fails"), "x\n".repeat(times));
  }

  replaceStub(name: string, body: string): void {
    writeFileSync(join(this.bin, name), `#!/bin/bash\n${body}\n`);
  }

  read(file: string): string {
    return readFileSync(join(this.root, file), "utf8");
  }

  /** Text and rights of every file that the script writes. */
  written(): Record<string, string> {
    const files = readdirSync(this.root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => /^(etc|usr|run|srv)\//.test(relative(this.root, file)));
    return Object.fromEntries(
      files.map((file) => [
        relative(this.root, file),
        `${(statSync(file).mode & 0o777).toString(8)} ${readFileSync(file, "utf8")}`,
      ]),
    );
  }

  /**
   * Notes what is on the VM apart from its disk, and what it is told.
   * @returns what makes it so again, in a small part of the time that a start takes
   */
  keep(): () => void {
    const { attributes, secretManagerWorks } = this;
    const secrets = { ...this.secrets };
    const names = (): readonly string[] => readdirSync(this.root).filter((name) => name !== "dev");
    const copy = (from: string, to: string): void => {
      cpSync(from, to, { recursive: true, preserveTimestamps: true, verbatimSymlinks: true });
    };
    for (const name of names()) copy(join(this.root, name), join(this.kept, name));
    return () => {
      for (const name of names()) rmSync(join(this.root, name), { recursive: true });
      copy(this.kept, this.root);
      this.attributes = { ...attributes };
      this.secretManagerWorks = secretManagerWorks;
      for (const name of Object.keys(this.secrets)) this.secrets[name] = undefined;
      Object.assign(this.secrets, secrets);
    };
  }

  stop(): void {
    this.server?.closeAllConnections();
    this.server?.close();
    for (const directory of [this.root, this.kept]) removeDirectory(directory);
  }
}

const machines: Machine[] = [];
/** A new VM that has never been started; gone after the tests of the file. */
export const machine = async (): Promise<Machine> => {
  const vm = new Machine();
  machines.push(vm);
  return await vm.start();
};
afterAll(() => {
  for (const vm of machines) vm.stop();
});

let started: { readonly vm: Machine; readonly back: () => void } | undefined;
/** A VM as it is after its first start: the same one for all tests of the file, put back to that each time. */
export const bootedMachine = async (): Promise<Machine> => {
  if (!started) {
    const vm = await machine();
    expectSuccess(await vm.boot());
    started = { vm, back: vm.keep() };
  }
  started.back();
  return started.vm;
};

export const expectSuccess = ({ code, stderr }: Result): void => {
  expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
};
