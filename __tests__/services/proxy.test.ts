import { once } from "node:events";
import { type IncomingMessage, request } from "node:http";
import { multipartMarginMb } from "../../modules/dify-common/nginx";
import { CONNECTION_KIB } from "../../modules/dify-common/nginx-limits";
import { nginxMetrics } from "../../modules/dify-common/nginx-metrics";
import { newest, oldest, ownHealthPath } from "../../modules/dify-common/releases";
import {
  type Answer,
  ask,
  connect,
  Edge,
  headersOf,
  loadBalancer,
  pluginUploadLimitMb,
  type Seen,
  send,
  trustedPeer,
  uploadLimitMb,
} from "./nginx";
import { series } from "./metrics";
import { type Daemon, freePort, until } from "./processes";
import { describeWith, tools } from "./require";

describeWith([tools.nginx], "a real nginx", () => {
  const edge = new Edge();
  let port: number;

  beforeAll(async () => {
    await edge.start();
    ({ port } = await edge.nginx({ routes: newest.routes }));
  });

  afterAll(async () => {
    await edge.stop();
  });

  test("answers for itself without a back end", async () => {
    const { port: own, daemon } = await edge.nginx({ upstream: () => "127.0.0.1:1" });
    expect(await send({ port: own, path: ownHealthPath })).toMatchObject({ status: 200, body: "ok\n" });
    expect((await send({ port: own, path: "/health" })).status).toBe(502);
    await daemon.stop();
  });

  test("tells its connections on a port of their own, and nowhere else", async () => {
    const metricsPort = await freePort();
    const { port: own, daemon } = await edge.nginx({ metricsPort, workerConnections: 512, routes: newest.routes });
    const told = async () => series((await send({ port: metricsPort, path: "/metrics" })).body);
    expect([...(await told()).keys()]).toEqual(nginxMetrics);
    const idle = (await told()).get("nginx_connections_writing") ?? 0;
    const stream = await connect(own, "GET /v1/stream/chunks HTTP/1.1\r\nHost: dify.test\r\n\r\n");
    await until("the stream", async () => (await told()).get("nginx_connections_writing") === idle + 1);
    expect((await told()).get("nginx_connections_limit")).toBe(512);
    expect((await send({ port: metricsPort, path: "/" })).status).toBe(404);
    // At the public port it is one of Dify's paths.
    expect((await send({ port: own, path: "/metrics" })).body).not.toContain("nginx_connections");
    stream.destroy();
    await daemon.stop();
  });

  test.each(["chunks", "until-close"])(
    "an event stream (%s) arrives event by event",
    async (how) => {
      const events: string[] = [];
      await new Promise<void>((resolve, reject) => {
        const outgoing = request({ host: "127.0.0.1", port, path: `/v1/stream/${how}`, agent: false });
        outgoing.on("error", reject);
        outgoing.on("response", (incoming) => {
          incoming.setEncoding("utf8").on("data", (text: string) => {
            events.push(text.trim());
            // The last event is sent only because the first one is here.
            if (events.length === 1) edge.nextEvent();
          });
          incoming.on("end", resolve);
        });
        outgoing.end();
      });
      expect(events).toEqual(["data: first", "data: last"]);
    },
    5_000,
  );

  test("an upload reaches the back end while it is still being sent", async () => {
    // The opposite direction: the back end sees the first part although the request has not ended.
    const early = new Promise<string>((resolve) => {
      edge.servers.get("api")?.once("request", (incoming: IncomingMessage) => {
        incoming.once("data", (part: Buffer) => {
          resolve(part.toString());
        });
      });
    });
    const outgoing = request({
      ...{ host: "127.0.0.1", port, path: "/v1/x", method: "POST", agent: false },
      headers: { "Content-Length": "10" },
    });
    const response = new Promise((resolve) => outgoing.on("response", resolve));
    outgoing.write("first");
    expect(await early).toBe("first");
    outgoing.end("-last");
    await response;
  });

  test("a slow answer is waited for", async () => {
    expect((await ask(port, "/v1/slow")).component).toBe("api");
  });

  const upgrade = async (url: string, to: number): Promise<{ status: number; component?: string; echo?: string }> =>
    await new Promise((resolve, reject) => {
      const outgoing = request({
        ...{ host: "127.0.0.1", port: to, path: url, agent: false },
        headers: {
          ...{ Connection: "Upgrade", Upgrade: "websocket", Host: "dify.example" },
          ...{ "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==" },
        },
      });
      outgoing.on("error", reject);
      outgoing.on("response", (incoming) => {
        incoming.resume();
        resolve({ status: incoming.statusCode ?? 0 });
      });
      outgoing.on("upgrade", (incoming, socket) => {
        socket.once("data", (data: Buffer) => {
          socket.destroy();
          const component = incoming.headers["x-component"];
          resolve({ status: incoming.statusCode ?? 0, component: component?.toString(), echo: data.toString() });
        });
        socket.write("ping");
      });
      outgoing.end();
    });

  test("a WebSocket connects on /socket.io/ and nowhere else", async () => {
    const url = "/socket.io/?EIO=4&transport=websocket";
    const older = await edge.nginx({ routes: oldest.routes });
    expect(await upgrade(url, port)).toEqual({ status: 101, component: "api_websocket", echo: "ping" });
    expect(await upgrade("/api/x", port)).toEqual({ status: 200 });
    expect(await upgrade(url, older.port)).toEqual({ status: 200 });
    await older.daemon.stop();
  });

  describe("uploads", () => {
    const mebibyte = 1024 * 1024;
    const multipart = (fileBytes: number): Buffer =>
      Buffer.concat([
        Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="f"\r\n\r\n'),
        Buffer.alloc(fileBytes, "x"),
        Buffer.from("\r\n--b--\r\n"),
      ]);
    const upload = async (body: Buffer | readonly Buffer[]): Promise<Answer> =>
      await send({ port, path: "/console/api/files/upload", method: "POST" }, body);

    test("of exactly the limit pass whole", async () => {
      const body = multipart(uploadLimitMb * mebibyte);
      const { status, body: text } = await upload(body);
      expect(status).toBe(200);
      expect((JSON.parse(text) as Seen).bytes).toBe(body.length);
    });

    test("above limit and margin get 413, whether or not they announce their size", async () => {
      const limit = (uploadLimitMb + multipartMarginMb) * mebibyte;
      expect((await upload(Buffer.alloc(limit, "x"))).status).toBe(200);
      // A plugin's package is larger than an ordinary file may be.
      const packages = { port, path: "/console/api/workspaces/current/plugin/upload/pkg", method: "POST" };
      const largest = (pluginUploadLimitMb + multipartMarginMb) * mebibyte;
      expect((await send(packages, Buffer.alloc(largest, "x"))).status).toBe(200);
      expect((await send(packages, Buffer.alloc(largest + 1, "x"))).status).toBe(413);
      expect((await upload(Buffer.alloc(limit + 1, "x"))).status).toBe(413);
      const parts = Array.from({ length: (uploadLimitMb + multipartMarginMb) * 4 + 1 }, () =>
        Buffer.alloc(mebibyte / 4, "x"),
      );
      expect((await upload(parts)).status).toBe(413);
      expect((await upload(parts.slice(1))).status).toBe(200);
    });
  });

  describe("headers", () => {
    test("that gunicorn takes pass: a request line of 4094 bytes, fields of 8190", async () => {
      const path = `/api/x?token=${"t".repeat(4094 - "GET /api/x?token= HTTP/1.1".length)}`;
      const cookie = "c".repeat(8190 - "Cookie: ".length);
      const { headers, url } = await ask(port, path, { headers: { Cookie: cookie, Authorization: "a".repeat(4000) } });
      expect([headers.cookie, url]).toEqual([cookie, path]);
    });

    test.each([
      ["a longer line", `/api/x?${"x".repeat(9000)}`, {}, 414, "uri_too_long"],
      ["a longer field", "/v1/x", { Cookie: "c".repeat(9000) }, 431, "headers_too_large"],
      ["more of them than fit", "/v1/x", headersOf(5, 8000), 431, "headers_too_large"],
    ] as const)("%s is refused, readably", async (_, path, headers, status, code) => {
      const answer = await send({ port, path, headers });
      expect([answer.status, JSON.parse(answer.body)]).toEqual([status, expect.objectContaining({ status, code })]);
    });

    test.each([
      ["never end", false],
      ["end, and have a body that does not", true],
    ])("that %s take the memory that the pod has for them", async (_, ends) => {
      const clients = 400;
      const { port: own, daemon } = await edge.nginx({ routes: newest.routes });
      // One large buffer each.
      const large = Object.entries(headersOf(4, 8100)).map(([name, value]) => `${name}: ${value}\r\n`);
      const headers = `POST /v1/waiting HTTP/1.1\r\nHost: dify\r\n${large.join("")}`;
      const text = ends ? `${headers}Content-Length: 100000\r\n\r\nbody` : headers;
      // The port takes connections before there is a process to serve them.
      await send({ port: own, path: ownHealthPath });
      const before = daemon.memory();
      const sockets = await Promise.all(Array.from({ length: clients }, () => connect(own, text)));
      if (ends) await until("the requests", () => edge.waiting === clients);
      // Who comes last is served last.
      expect((await send({ port: own, path: ownHealthPath })).status).toBe(200);
      const each = (daemon.memory() - before) / clients;
      const most = ends ? 2 * CONNECTION_KIB : CONNECTION_KIB;
      expect(each).toBeGreaterThan(most / 2);
      expect(each).toBeLessThan(most);
      for (const socket of sockets) socket.destroy();
      await daemon.stop();
    });
  });

  test("a client that has many requests open gets 429, and no other one does", async () => {
    const { port: own, daemon } = await edge.nginx({
      routes: newest.routes,
      limits: { keepAliveSeconds: 620, requestsOfClient: 2 },
    });
    const begun = edge.waiting;
    const text = "POST /v1/waiting HTTP/1.1\r\nHost: dify\r\nContent-Length: 9\r\n\r\n";
    const open = await Promise.all([connect(own, text), connect(own, text)]);
    await until("the requests", () => edge.waiting === begun + 2);
    const from = async (headers: Record<string, string>, localAddress?: string) =>
      (await send({ port: own, path: "/v1/x", localAddress, headers })).status;
    expect(await from({})).toBe(429);
    // Its own word for who it is does not count; that of the load balancer, which all the others come by, does.
    expect(await from({ "X-Forwarded-For": "192.0.2.7" })).toBe(429);
    expect(await from({ "X-Forwarded-For": "192.0.2.7" }, trustedPeer)).toBe(200);
    expect(await from({ "X-Forwarded-For": "127.0.0.1" }, trustedPeer)).toBe(429);
    expect((await send({ port: own, path: ownHealthPath })).status).toBe(200);
    for (const socket of open) socket.destroy();
    await daemon.stop();
  });

  describe("errors of its own", () => {
    const unclear = { status: 400, code: "bad_request" };
    let broken: number;
    let server: Daemon;

    beforeAll(async () => {
      ({ port: broken, daemon: server } = await edge.nginx({ routes: newest.routes, upstream: () => "127.0.0.1:1" }));
    });

    afterAll(async () => {
      await server.stop();
    });

    test.each([
      ["/v1/x", "text/html", { status: 502, code: "bad_gateway" }],
      ["/console/api/x", "text/html, */*", { status: 502, code: "bad_gateway" }],
      ["/e/hook", undefined, { status: 502, code: "bad_gateway" }],
      ["/v1/../x", "text/html", unclear],
      ["/apps", "application/json", { status: 502, code: "bad_gateway" }],
    ])("%s with %s is JSON as Dify's own errors are", async (path, accept, error) => {
      const { status, headers, body } = await send({ port: broken, path, headers: accept ? { Accept: accept } : {} });
      expect(JSON.parse(body)).toEqual({ ...error, message: expect.stringMatching(/\w/) as string });
      expect([status, headers["content-type"], headers["cache-control"], headers["x-content-type-options"]]).toEqual([
        error.status,
        "application/json",
        "no-store",
        "nosniff",
      ]);
    });

    test.each([
      ["/apps", 502],
      ["/", 502],
      ["/chat/code", 502],
      ["/apps/../x", 400],
      ["/v", 502],
    ])("%s is a page for a browser", async (path, expected) => {
      const accept = { Accept: "text/html,application/xhtml+xml,*/*;q=0.8" };
      const { status, headers, body } = await send({ port: broken, path, headers: accept });
      expect([status, headers["content-type"], headers["cache-control"]]).toEqual([
        expected,
        "text/html; charset=utf-8",
        "no-store",
      ]);
      expect(body).toMatch(/^<!doctype html>.*<h1>.*<\/html>\n$/);
      expect(body).not.toMatch(/nginx|127\.0\.0\.1|upstream/);
    });

    test("a request that cannot be read at all", async () => {
      const socket = await connect(broken, "NO REQUEST\r\n\r\n");
      const [answer] = (await once(socket, "data")) as [Buffer];
      expect(answer.toString()).toMatch(/^HTTP\/1.1 400 .*"code":"bad_request"/s);
    });

    test("what a component answers passes as it is", async () => {
      expect(await send({ port, path: "/v1/failing" })).toMatchObject({ status: 502, body: "Dify's own" });
    });
  });

  describe("who the client is", () => {
    const forged = {
      "X-Forwarded-For": "198.51.100.66",
      "X-Forwarded-Proto": "https",
      "X-Forwarded-Host": "evil.example",
      "X-Forwarded-Port": "4444",
      "X-Real-IP": "198.51.100.66",
      Forwarded: "for=198.51.100.66",
      "CF-Connecting-IP": "198.51.100.66",
      "True-Client-IP": "198.51.100.66",
      "Dify-Hook-Url": "https://evil.example/",
      Proxy: "http://evil.example/",
    };

    test("nobody can pretend to be somebody else", async () => {
      const { headers } = await ask(port, "/e/hook?a=b", { headers: { ...forged, Host: "dify.example" } });
      expect(headers).toMatchObject({
        host: "dify.example",
        "x-forwarded-for": "127.0.0.1",
        "x-real-ip": "127.0.0.1",
        "x-forwarded-proto": "http",
        "x-forwarded-host": "dify.example",
        "dify-hook-url": "http://dify.example/e/hook?a=b",
      });
      for (const name of ["forwarded", "cf-connecting-ip", "true-client-ip", "proxy", "x-forwarded-port"]) {
        expect(headers).not.toHaveProperty(name);
      }
      expect(JSON.stringify(headers)).not.toMatch(/evil|198\.51\.100\.66/);
    });

    test("a load balancer in front is believed: the client is the last address that is not its own", async () => {
      const { headers } = await ask(port, "/e/hook%20x?a=b", {
        localAddress: trustedPeer,
        headers: {
          ...{ Host: "dify.example", "X-Forwarded-Proto": "https" },
          "X-Forwarded-For": `10.9.9.9, 192.0.2.44, ${loadBalancer}`,
        },
      });
      expect(headers).toMatchObject({
        "x-forwarded-for": "192.0.2.44",
        "x-forwarded-proto": "https",
        "dify-hook-url": "https://dify.example/e/hook%20x?a=b",
      });
    });

    test.each(["ftp", "https, http", "https\u0020evil", ""])(
      "scheme %j of a trusted peer is no scheme",
      async (scheme) => {
        const { headers } = await ask(port, "/e/x", {
          localAddress: trustedPeer,
          headers: { Host: "dify.example", "X-Forwarded-Proto": scheme },
        });
        expect(headers["dify-hook-url"]).toBe("http://dify.example/e/x");
      },
    );

    test("a port that the browser used is kept", async () => {
      const { headers } = await ask(port, "/e/x", { headers: { Host: "localhost:8080" } });
      expect(headers).toMatchObject({
        host: "localhost:8080",
        "x-forwarded-port": "8080",
        "dify-hook-url": "http://localhost:8080/e/x",
      });
      const six = await ask(port, "/e/x", { headers: { Host: "[::1]" } });
      expect(six.headers["dify-hook-url"]).toBe("http://[::1]/e/x");
    });

    test("behind Google's load balancer the host is the request's: it passes a forged header on", async () => {
      const { headers } = await ask(port, "/e/hook", {
        localAddress: trustedPeer,
        headers: { ...forged, Host: "a.b" },
      });
      expect(headers).toMatchObject({ host: "a.b", "dify-hook-url": "https://a.b/e/hook" });
    });

    describe("with a proxy of the user's own in front", () => {
      const ownProxy = "127.0.0.3";
      const clients = { trustedProxies: [`${ownProxy}/32`], ownProxies: [`${ownProxy}/32`] };
      const seen = async (to: number, localAddress: string, headers: Record<string, string>) => {
        const { headers: passed } = await ask(to, "/e/hook", { localAddress, headers });
        const how = [passed["dify-hook-url"], passed.host, passed["x-forwarded-proto"], passed["x-forwarded-port"]];
        return how.filter((part) => part !== undefined).join(" ");
      };
      const asked = { Host: "10.0.0.9", "X-Forwarded-Host": "dify.example", "X-Forwarded-Proto": "https" };

      test("it says which host was asked, and nobody else does", async () => {
        const own = await edge.nginx({ routes: newest.routes, clients });
        const address = own.port;
        expect(await seen(address, ownProxy, asked)).toBe("https://dify.example/e/hook dify.example https");
        expect(await seen(address, "127.0.0.1", asked)).toBe("http://10.0.0.9/e/hook 10.0.0.9 http");
        for (const host of ["a.example, b.example", "evil.example/x", 'a"b', "a$b"])
          expect(await seen(address, ownProxy, { ...asked, "X-Forwarded-Host": host })).toContain("/10.0.0.9/");
        await own.daemon.stop();
      });

      test("the public URLs are all there are, whatever it says", async () => {
        const publicUrls = [
          "https://dify.example",
          "https://dify.example:8443",
          "http://dify.internal.example:8080",
          `https://${"long-label.".repeat(20)}example`,
        ];
        const own = await edge.nginx({ routes: newest.routes, clients: { ...clients, publicUrls } });
        const to = async (localAddress: string, headers: Record<string, string>) =>
          (await seen(own.port, localAddress, headers)).split("/e/hook ").join(" ");
        const first = "https://dify.example dify.example https";
        // It need not say how it was asked, and may hand on any host.
        for (const host of [
          "dify.example",
          "DIFY.example",
          "dify.example:9999",
          "10.0.0.9",
          "difyxexample",
          "evil.example",
        ])
          expect(await to("127.0.0.1", { Host: host })).toBe(first);
        expect(await to(ownProxy, asked)).toBe(first);
        expect(await to("127.0.0.1", { Host: "dify.example:8443" })).toBe(
          "https://dify.example:8443 dify.example:8443 https 8443",
        );
        for (const host of ["dify.internal.example", "dify.internal.example:8080"])
          expect(await to("127.0.0.1", { ...asked, Host: host })).toBe(
            "http://dify.internal.example:8080 dify.internal.example:8080 http 8080",
          );
        await own.daemon.stop();
      });
    });

    test("what Google's sign-in adds stays at nginx", async () => {
      const signIn = {
        "X-Goog-IAP-JWT-Assertion": "signed",
        "X-Goog-Authenticated-User-Email": "accounts.google.com:ann@example.com",
        "X-Goog-Authenticated-User-ID": "accounts.google.com:1",
      };
      const cookies = async (Cookie: string) => {
        const { headers } = await ask(port, "/e/hook", { localAddress: trustedPeer, headers: { ...signIn, Cookie } });
        expect(JSON.stringify(headers)).not.toMatch(/goog/i);
        return headers.cookie;
      };
      const token = "__Host-GCP_IAP_AUTH_TOKEN_1A2B=secret";
      const all = `a=1; GCP_IAP_UID=1; b=2; ${token}; GCP_IAAP_AUTH_TOKEN_1A2B=secret; GCP_IAAP_XSRF_NONCE_1=x; access_token=c`;
      expect(await cookies(all)).toBe("a=1; b=2; access_token=c");
      expect((await cookies(`a=1; ${token}`))?.replace(/; *$/, "")).toBe("a=1");
      expect(await cookies(`${token};a=GCP_IAP_UID=1`)).toBe("a=GCP_IAP_UID=1");
      expect(await cookies("NOT_GCP_IAP_UID=1; csrf_token=x")).toBe("NOT_GCP_IAP_UID=1; csrf_token=x");
      expect(await cookies(token)).toBeUndefined();
    });

    test("only plugins are told the public URL", async () => {
      for (const url of ["/api/x", "/", "/socket.io/"]) {
        expect((await ask(port, url, { headers: forged })).headers).not.toHaveProperty("dify-hook-url");
      }
    });
  });

  test("responses say neither nginx's version nor a type to be guessed", async () => {
    const { headers } = await send({ port, path: "/api/x" });
    expect(headers.server).toBe("nginx");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers).not.toHaveProperty("x-frame-options");
  });

  test("the access log is JSON without query strings and secrets in paths; its own health is not logged", async () => {
    const { port: own, daemon } = await edge.nginx({ routes: newest.routes });
    const paths = [
      ["/api/x?token=hidden", "/api/x"],
      ["/v1/missing?token=hidden", "/v1/missing"],
      ["/e/hidden/hidden?x", "/e/***"],
      ["/mcp/server/hidden/mcp", "/mcp/server/***"],
      ["/triggers/webhook/hidden", "/triggers/***"],
      ["/files/hidden/file-preview?sign=hidden", "/files/***"],
      ["/chat/hidden", "/chat/***"],
      ["/api/form/human_input/hidden/upload-token", "/api/form/human_input/***"],
      ["/%65/hidden", "/e/***"],
      ["//e/hidden", "/e/***"],
      ["/console/../e/hidden", "/e/***"],
      ["/e/%23hidden", "/e/***"],
      ["/agents/x", "/agents/x"],
      ["/files", "/files"],
    ] as const;
    const headers = { "User-Agent": 'quo"te', Referer: "http://x/?hidden" };
    for (const [path] of paths) await send({ port: own, path, headers });
    await send({ port: own, path: ownHealthPath });
    await send({ port: own, path: "/last" });
    await until("the log", () => daemon.output.includes("/last"));
    await daemon.stop("SIGQUIT");
    expect(daemon.output).not.toContain("hidden");
    const entries = daemon.output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { httpRequest: { requestUrl: string } });
    expect(entries.map(({ httpRequest }) => httpRequest.requestUrl)).toEqual([...paths.map(([, url]) => url), "/last"]);
    expect(entries[0]).toMatchObject({
      severity: "INFO",
      httpRequest: { requestMethod: "GET", requestUrl: "/api/x", status: 200, userAgent: 'quo"te' },
      upstream: `127.0.0.1:${edge.ports.get("api") ?? 0}`,
    });
  });

  test("a failing back end does not put query strings into the error log", async () => {
    const { port: own, daemon } = await edge.nginx({ upstream: () => "127.0.0.1:1" });
    expect((await send({ port: own, path: "/api/x?token=hidden" })).status).toBe(502);
    await until("the log", () => daemon.output.includes("502"));
    await daemon.stop();
    expect(daemon.output).not.toContain("hidden");
  });

  test("ends gracefully: what is being answered is answered", async () => {
    const { port: own, daemon } = await edge.nginx({});
    const before = edge.slow;
    const answered = send({ port: own, path: "/v1/slow" });
    await until("the request", () => edge.slow > before);
    await daemon.stop("SIGQUIT");
    expect((await answered).status).toBe(200);
  });
});
