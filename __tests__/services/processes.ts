import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { chownSync, closeSync, mkdtempSync, openSync, readFileSync, rmSync, statfsSync } from "node:fs";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

export { type Result, run } from "./starter";

/**
 * Whom the servers run as: nobody, when the tests run as root (PostgreSQL refuses root, and in the cluster none of them
 * is root), else the user of the tests.
 */
export const unprivileged: { readonly uid?: number; readonly gid?: number } =
  process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};

/** A new directory that belongs to `unprivileged`. */
export function temporaryDirectory(name: string, parent = tmpdir()): string {
  const directory = mkdtempSync(join(parent, `dify-${name}-`));
  own(directory);
  return directory;
}

/**
 * Linux' directory in memory where it has that much room (a container's often has 64 MB), else the usual one: files are
 * made there in a fifth of the time. Programs may not be started from it everywhere.
 */
export function memory(bytes: number): string {
  const directory = "/dev/shm";
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize > bytes ? directory : tmpdir();
  } catch {
    return tmpdir();
  }
}

/** Gives a file to `unprivileged`. */
export function own(file: string): void {
  if (unprivileged.uid !== undefined && unprivileged.gid !== undefined) {
    chownSync(file, unprivileged.uid, unprivileged.gid);
  }
}

export function removeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true });
}

const given = new Set<number>();

/** A TCP port of 127.0.0.1 that was free a moment ago, never the same twice. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  await new Promise((resolve) => server.close(resolve));
  if (given.has(address.port)) return await freePort();
  given.add(address.port);
  return address.port;
}

export const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** Asks again and again, until the answer is true. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  milliseconds = 45_000,
): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`timed out waiting for ${what}`);
    await sleep(25);
  }
}

const daemons = new Set<Daemon>();

/** A server that runs until it is stopped; at the latest the end of the test file stops it. */
export class Daemon {
  private readonly child: ChildProcess;
  private readonly ended: Promise<void>;

  /**
   * @param log file that receives the server's output. A file and not a pipe: a server that opens `/dev/stdout` as
   * another user may not open a pipe of ours.
   */
  constructor(
    command: string,
    args: readonly string[],
    readonly log: string,
    options: SpawnOptions = {},
  ) {
    const file = openSync(log, "a");
    own(log);
    this.child = spawn(command, args, { ...unprivileged, ...options, stdio: ["ignore", file, file] });
    closeSync(file);
    this.ended = new Promise((resolve) => {
      this.child.on("error", () => {
        resolve();
      });
      this.child.on("exit", () => {
        resolve();
      });
    });
    daemons.add(this);
  }

  get output(): string {
    return readFileSync(this.log, "utf8");
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined;
  }

  /** Waits until the port takes connections; fails at once when the server ends before. */
  async ready(port: number): Promise<this> {
    await until(`port ${port}`, async () => {
      if (!this.running) throw new Error(`server ended:\n${this.output}`);
      return await accepts(port);
    });
    return this;
  }

  /** KiB that the processes it has started hold, without what they share (Linux' `/proc`). */
  memory(): number {
    const pid = String(this.child.pid);
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    return children
      .map((child) => /^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${child}/status`, "utf8"))?.[1])
      .reduce((sum, kib) => sum + Number(kib), 0);
  }

  /** Sends it a signal that it goes on after. */
  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  async stop(signal: NodeJS.Signals = "SIGTERM"): Promise<void> {
    if (this.running) this.child.kill(signal);
    const hard = setTimeout(() => this.child.kill("SIGKILL"), 5_000);
    await this.ended;
    clearTimeout(hard);
    daemons.delete(this);
  }
}

// Also after a failed `beforeAll`: a server that is left behind would keep jest waiting without end.
afterAll(async () => {
  await stopDaemons();
});

/** Stops every server of the test file. */
export async function stopDaemons(signal?: NodeJS.Signals): Promise<void> {
  await Promise.all([...daemons].map((daemon) => daemon.stop(signal)));
}

async function accepts(port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => {
      resolve(false);
    });
  });
}
