import { existsSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { removeDirectory, stopDaemons, temporaryDirectory, until } from "./processes";
import { describeWithPackages, request as ask, startGunicorn } from "./python";

/** As nginx says for whom it asks. */
const FRONT_DOOR = { "X-Forwarded-For": "203.0.113.7" };
const FRONT_DOOR_LINE = "X-Forwarded-For: 203.0.113.7\r\n";

/** A process that waits for its streams does not answer at all; a machine that is busy may be late once. */
async function answersWithinASecond(port: number): Promise<void> {
  const once = async () => (await ask(port, "/health", {}, 1_000)).status;
  expect(await once().catch(once).catch(once)).toBe(200);
}

describeWithPackages([], "gunicorn as a pod starts it", () => {
  let directory: string;
  const sockets: Socket[] = [];

  beforeAll(() => {
    directory = temporaryDirectory("gunicorn");
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.destroy();
  });
  afterAll(async () => {
    await stopDaemons("SIGKILL");
    removeDirectory(directory);
  });

  /** A connection that has sent something and got the beginning of an answer. */
  const open = async (port: number, request: string, answered = true): Promise<Socket> => {
    const socket = connect(port, "127.0.0.1");
    sockets.push(socket);
    await new Promise<void>((resolve, reject) => {
      socket.on("error", reject);
      socket.write(request, () => {
        if (!answered) resolve();
      });
      socket.once("data", () => {
        resolve();
      });
    });
    return socket;
  };

  test("200 streams are open, and it answers what Kubernetes and users ask", async () => {
    const { port } = await startGunicorn("api", directory);
    await Promise.all(
      Array.from({ length: 200 }, () => open(port, `GET /stream HTTP/1.1\r\nHost: dify\r\n${FRONT_DOOR_LINE}\r\n`)),
    );
    await answersWithinASecond(port);
    expect((await ask(port, "/run", FRONT_DOOR)).status).toBe(200);
  });

  test("a process that hangs is replaced, after as long as the user says", async () => {
    const own = { SERVER_WORKER_AMOUNT: "1", GUNICORN_TIMEOUT: "3" };
    const { port } = await startGunicorn("api", directory, { environment_variables: own });
    const { body: before } = await ask(port, "/health");
    await open(port, "GET /hang HTTP/1.1\r\nHost: dify\r\n\r\n", false);
    const answer = async () => await ask(port, "/health", {}, 1_000).catch(() => undefined);
    await until("another process", async () => ((await answer())?.body ?? before) !== before, 40_000);
  });

  test("the image's own configuration still counts", async () => {
    const image = temporaryDirectory("image");
    const mark = join(directory, "own");
    writeFileSync(
      join(image, "gunicorn.conf.py"),
      `def post_worker_init(worker):\n    open(${JSON.stringify(mark)}, "w")\n`,
    );
    const { port } = await startGunicorn("api", image);
    expect(existsSync(mark)).toBe(true);
    expect((await ask(port, "/run", FRONT_DOOR)).status).toBe(200);
    removeDirectory(image);
  });

  test("the Socket.IO process has 50 WebSockets open, more than two hands of editors, and answers its probe", async () => {
    const { port } = await startGunicorn("api-websocket", directory);
    const handshake =
      `GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: dify\r\n${FRONT_DOOR_LINE}Upgrade: websocket\r\n` +
      "Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";
    const pages = await Promise.all(Array.from({ length: 50 }, () => open(port, handshake)));
    await answersWithinASecond(port);
    // The last one is alive: a masked "x", echoed.
    const echo = new Promise<Buffer>((resolve) => pages.at(-1)?.once("data", resolve));
    pages.at(-1)?.write(Buffer.from([0x81, 0x81, 0, 0, 0, 0, 0x78]));
    expect([...(await echo)]).toEqual([0x81, 1, 0x78]);
  });

  describe("with 20 database connections in one process", () => {
    let port: number;
    const atOnce = async (count: number, path: string, headers?: Readonly<Record<string, string>>) => {
      const answers = await Promise.all(Array.from({ length: count }, () => ask(port, path, headers)));
      return [...new Set(answers.map(({ status }) => status))];
    };

    beforeAll(async () => {
      const own = { SERVER_WORKER_AMOUNT: "1", SQLALCHEMY_POOL_SIZE: "10", SQLALCHEMY_MAX_OVERFLOW: "10" };
      ({ port } = await startGunicorn("api", directory, { environment_variables: own }));
    });

    test("more requests than that at once wait for their turn, not for each other", async () => {
      expect(await atOnce(100, "/run", FRONT_DOOR)).toEqual([200]);
      // Each may have a second one.
      expect((await ask(port, "/most")).body).toBe("10");
    });

    test.each([
      ["sends a request slowly", "POST", "/upload", 400],
      ["sends a file slowly", "POST", "/upload", 2_000_000],
      ["waits for a model", "GET", "/model", 0],
    ])("whoever %s keeps nobody waiting", async (_, method, path, length) => {
      const request = `${method} ${path} HTTP/1.1\r\nHost: dify\r\n${FRONT_DOOR_LINE}Content-Length: ${length}\r\n\r\n`;
      await Promise.all(Array.from({ length: 60 }, () => open(port, length > 0 ? `${request}{` : request, false)));
      await answersWithinASecond(port);
      expect(await atOnce(40, "/run", FRONT_DOOR)).toEqual([200]);
    });

    // The last: the request that holds one never lets it go.
    test("what a component asks for a request finds a connection, whoever else waits", async () => {
      const request = `GET /hold HTTP/1.1\r\nHost: dify\r\n${FRONT_DOOR_LINE}\r\n`;
      await Promise.all(Array.from({ length: 60 }, () => open(port, request, false)));
      await until("holders", async () => (await ask(port, "/holders")).body === "10");
      expect(await atOnce(60, "/run")).toEqual([200]);
    });
  });
});
