import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { Daemon, freePort } from "./processes";
import { path, tools } from "./require";
import type { Machine } from "./vm";

/** A real Redis with exactly the configuration that startup.sh writes; only port and address are the test's. */
export class Redis {
  port = 0;
  private daemon?: Daemon;
  private readonly log: string;

  /**
   * @param user whom the server runs as; the files belong to the user who ran startup.sh
   * @param settings of the configuration, over those of startup.sh
   * @param name of a server in addition to the VM's own
   */
  constructor(
    private readonly vm: Machine,
    private readonly user = { uid: process.getuid?.(), gid: process.getgid?.() },
    private readonly settings: readonly string[] = [],
    private readonly name = "",
  ) {
    this.log = join(vm.root, `redis${name}.log`);
  }

  async start(): Promise<void> {
    this.port = this.port || (await freePort());
    const configuration = join(this.vm.root, `etc/redis/dify${this.name && `-${this.name}`}.conf`);
    const overrides = ["--port", String(this.port), "--bind", "127.0.0.1", ...this.settings];
    this.daemon = new Daemon(path(tools.redis), [configuration, ...overrides], this.log, this.user);
    await this.daemon.ready(this.port);
  }

  async stop(signal: NodeJS.Signals): Promise<void> {
    await this.daemon?.stop(signal);
  }

  get output(): string {
    return readFileSync(this.log, "utf8");
  }

  /** Commands one after the other on one connection, with their first lines of answer. */
  async ask(...commands: readonly (readonly string[])[]): Promise<string[]> {
    return await new Promise((resolve, reject) => {
      const answers: string[] = [];
      const socket = connect(this.port, "127.0.0.1");
      const next = (): void => {
        const words = commands[answers.length];
        if (words === undefined) {
          socket.destroy();
          resolve(answers);
          return;
        }
        const encoded = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join("");
        socket.write(`*${words.length}\r\n${encoded}`);
      };
      socket.on("connect", next);
      socket.on("error", reject);
      socket.on("data", (data) => {
        const [first = "", second = ""] = data.toString().split("\r\n");
        answers.push(first.startsWith("$") ? second : first);
        next();
      });
    });
  }
}
