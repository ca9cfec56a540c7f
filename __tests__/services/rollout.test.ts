import { writeFileSync } from "node:fs";
import { get } from "node:http";
import { connect, createServer, type Server } from "node:net";
import { join } from "node:path";
import { newest } from "../../modules/dify-common/releases";
import { Edge } from "./nginx";
import { type Daemon, removeDirectory, temporaryDirectory, until } from "./processes";
import { describeWithPackages, type Gunicorn, request, startGunicorn } from "./python";
import { tools } from "./require";

/** As a Service does it: a connection goes to one of the pods that are ready, and stays there. */
class Service {
  endpoints: readonly number[] = [];
  private next = 0;
  private readonly server: Server = createServer((client) => {
    const pod = connect(this.endpoints[this.next++ % this.endpoints.length] ?? 1, "127.0.0.1");
    client.pipe(pod).pipe(client);
    for (const end of [client, pod]) {
      end.on("error", () => {
        client.destroy();
        pod.destroy();
      });
    }
  });

  async start(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    const address = this.server.address();
    return typeof address === "object" && address !== null ? address.port : 0;
  }

  stop(): void {
    this.server.close();
  }
}

describeWithPackages([tools.nginx], "a rolling update of the API", () => {
  const edge = new Edge();
  const service = new Service();
  let directory: string;
  let port: number;
  let end: string;

  beforeAll(async () => {
    directory = temporaryDirectory("rollout");
    end = join(directory, "end");
    await edge.start();
    edge.ports.set("api", await service.start());
    ({ port } = await edge.nginx({ routes: newest.routes }));
  });

  afterAll(async () => {
    await edge.stop();
    service.stop();
    removeDirectory(directory);
  });

  const pod = async (): Promise<Gunicorn> => await startGunicorn("api", directory, {}, { STREAMS_END: end });

  /** An event stream through nginx: what has come of it, and its end. */
  const stream = async (): Promise<{ readonly events: () => string; readonly ended: Promise<void> }> =>
    await new Promise((resolve, reject) => {
      let events = "";
      get({ host: "127.0.0.1", port, path: "/v1/stream", agent: false }, (response) => {
        const ended = new Promise<void>((done) => response.on("end", done).on("error", done));
        response.setEncoding("utf8").on("data", (text: string) => {
          events += text;
          resolve({ events: () => events, ended });
        });
      }).on("error", reject);
    });

  test("loses no request, and no stream that ends within the grace period", async () => {
    const old = await pod();
    service.endpoints = [old.port];
    const streams = await Promise.all(Array.from({ length: 40 }, stream));

    const answers = new Map<string, number>();
    let asking = true;
    const users = Array.from({ length: 4 }, async () => {
      while (asking) {
        const { status } = await request(port, "/v1/run").catch((error: unknown) => ({ status: String(error) }));
        answers.set(String(status), (answers.get(String(status)) ?? 0) + 1);
      }
    });
    const more = async (count: number): Promise<void> => {
      const before = answers.get("200") ?? 0;
      await until("answers", () => (answers.get("200") ?? 0) >= before + count, 30_000);
    };

    try {
      // As Kubernetes does it with maxUnavailable 0: a new pod that is ready, then the old one out of the Service, and told to end
      // once everybody knows: the pre-stop hook waits for that.
      const young = await pod();
      service.endpoints = [old.port, young.port];
      await more(20);
      service.endpoints = [young.port];
      await more(20);
      old.daemon.signal("SIGTERM");
      await more(20);
      expect(old.daemon.running).toBe(true);
      writeFileSync(end, "");
      await Promise.all(streams.map(({ ended }) => ended));
      expect(new Set(streams.map(({ events }) => events()))).toEqual(new Set(["data: first\n\ndata: last\n\n"]));
      await gone(old.daemon);
      await more(20);
    } finally {
      asking = false;
      await Promise.all(users);
    }
    expect([...answers.keys()]).toEqual(["200"]);
  });
});

async function gone(daemon: Daemon): Promise<void> {
  await until("the old pod's end", () => !daemon.running, 30_000);
}
