import { type ClientHttp2Session, connect, constants, type OutgoingHttpHeaders } from "node:http2";
import { newest } from "../../modules/dify-common/releases";
import { CONNECTION_KIB } from "../../modules/dify-common/nginx-limits";
import { ask, Edge, headersOf, type Nginx, type Seen, send, speaksBoth, uploadLimitMb } from "./nginx";
import { until } from "./processes";
import { describeWith, tools } from "./require";

interface Answer {
  readonly status: number;
  readonly body: string;
}

/** A request by HTTP/2 whose answer is read to its end. */
async function request(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: Buffer): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const stream = session.request({ ":authority": "dify.example.com", ...headers }, { endStream: body === undefined });
    let status = 0;
    let text = "";
    stream.setEncoding("utf8");
    stream.on("response", (answer) => (status = answer[":status"] ?? 0));
    stream.on("data", (part: string) => (text += part));
    stream.on("end", () => {
      stream.close();
      resolve({ status, body: text });
    });
    stream.on("error", (error: Error) => {
      // nginx answers, and then resets the stream of what it does not want to read.
      if (status === 0) reject(error);
      else resolve({ status, body: text });
    });
    if (body !== undefined) stream.end(body);
  });
}

/**
 * Ends a connection once its requests have ended. With `destroy` and a hundred requests that wait, Node.js 20 writes over its
 * own memory, and glibc ends the process ("corrupted size vs. prev_size"), now or in a later suite.
 */
async function close(session: ClientHttp2Session): Promise<void> {
  await new Promise<void>((resolve) => {
    session.close(resolve);
  });
}

describeWith([tools.nginx], "HTTP/2 without TLS", () => {
  const edge = new Edge();
  let nginx: Nginx;
  let session: ClientHttp2Session;

  async function open(to: Nginx): Promise<ClientHttp2Session> {
    return await new Promise((resolve, reject) => {
      const opened = connect(`http://127.0.0.1:${to.port}`);
      opened.on("connect", () => {
        resolve(opened);
      });
      opened.on("error", reject);
    });
  }

  beforeAll(async () => {
    await edge.start();
    nginx = await edge.nginx({ routes: newest.routes, http2: true });
    session = await open(nginx);
  });

  afterAll(async () => {
    await close(session);
    await edge.stop();
  });

  test("requests reach the component of their path, and say who the client is as by HTTP/1.1", async () => {
    const { status, body } = await request(session, {
      ":path": "/v1/x?a=%2f",
      "x-forwarded-for": "192.0.2.7",
      "cf-connecting-ip": "192.0.2.7",
      "x-forwarded-host": "evil.example.com",
    });
    const { component, url, headers } = JSON.parse(body) as Seen;
    expect([status, component, url]).toEqual([200, "api", "/v1/x?a=%2f"]);
    expect(headers).toMatchObject({ host: "dify.example.com", "x-forwarded-for": "127.0.0.1" });
    expect([headers["cf-connecting-ip"], headers["x-forwarded-host"]]).toEqual([undefined, "dify.example.com"]);
  });

  test.each(["/v1/..%2fapps", "/v1/%2e%2e/apps", "/v1\\..\\apps", "/v1/../apps", "/v1//../apps"])(
    "%s is refused before it is routed",
    async (path) => {
      expect((await request(session, { ":path": path })).status).toBe(400);
    },
  );

  test("an upload above the limit is refused, and one at the limit passes", async () => {
    const upload = (bytes: number) =>
      request(session, { ":path": "/v1/x", ":method": "POST" }, Buffer.alloc(bytes, "x"));
    const limit = (uploadLimitMb + 1) * 1024 * 1024;
    expect((await upload(limit + 1)).status).toBe(413);
    const { status, body } = await upload(limit);
    expect([status, (JSON.parse(body) as Seen).bytes]).toEqual([200, limit]);
  });

  test("a stream's events arrive as they are sent", async () => {
    const stream = session.request({ ":path": "/v1/stream", ":authority": "dify" });
    const parts: string[] = [];
    stream.setEncoding("utf8").on("data", (part: string) => parts.push(part));
    await until("the first event", () => parts.join("") === "data: first\n\n");
    const end = new Promise((resolve) => stream.on("end", resolve));
    edge.nextEvent();
    await end;
    expect(parts.join("")).toBe("data: first\n\ndata: last\n\n");
  });

  test("requests of one connection count one by one, and take the memory that the pod has for them", async () => {
    const requests = 100;
    const own = await edge.nginx({
      routes: newest.routes,
      http2: true,
      limits: { keepAliveSeconds: 65, requestsOfClient: requests },
    });
    const many = await open(own);
    expect((await request(many, { ":path": "/v1/x" })).status).toBe(200);
    const before = own.daemon.memory();
    const begun = edge.waiting;
    const headers = Object.fromEntries(
      Object.entries(headersOf(4, 7000)).map(([name, value]) => [name.toLowerCase(), value]),
    );
    const streams = Array.from({ length: requests }, () => {
      const stream = many.request({ ...headers, ":path": "/v1/waiting", ":method": "POST", ":authority": "dify" });
      stream.on("error", () => undefined);
      stream.write("body");
      return stream;
    });
    await until("the requests", () => edge.waiting === begun + requests);
    expect((await request(many, { ":path": "/v1/x" })).status).toBe(429);
    const each = (own.daemon.memory() - before) / requests;
    expect(each).toBeGreaterThan(CONNECTION_KIB / 2);
    expect(each).toBeLessThan(2 * CONNECTION_KIB);
    for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL);
    await close(many);
    await own.daemon.stop();
  });

  test("HTTP/1.1 and WebSockets go on on the same port, where nginx is as new as that of the pods", async () => {
    // Elsewhere the port is HTTP/2's alone, which is why older ones are refused.
    if (!speaksBoth()) {
      await expect(ask(nginx.port, "/v1/x")).rejects.toThrow();
      return;
    }
    expect((await ask(nginx.port, "/v1/x")).component).toBe("api");
    const headers = { Connection: "Upgrade", Upgrade: "h2c", "HTTP2-Settings": "AAMAAABkAARAAAAA" };
    const { status, body } = await send({ port: nginx.port, path: "/socket.io/?EIO=4", headers });
    expect([status, (JSON.parse(body) as Seen).headers.upgrade]).toEqual([200, undefined]);
  });
});
