import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type RequestOptions,
  type Server,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import { dirname, join } from "node:path";
import {
  baseRoutes,
  multipartMarginMb,
  nginxConfiguration,
  type NginxOptions,
  ownHealthPath,
  type Route,
  routesFor,
  type RoutesOf,
  startCommand,
} from "../../modules/dify-common/proxy";
import { dnsServer, type DnsServer } from "./dns";
import {
  Daemon,
  freePort,
  own,
  removeDirectory,
  run,
  sleep,
  stopDaemons,
  temporaryDirectory,
  until,
} from "./processes";
import { describeWith, path, tools } from "./require";

/** The documented route tables, written down a second time. */
const documented: Readonly<Record<RoutesOf, Readonly<Record<string, string>>>> = {
  "1.8.1": {
    "/console/api": "api:5001",
    "/api": "api:5001",
    "/v1": "api:5001",
    "/files": "api:5001",
    "/mcp": "api:5001",
    "/e/": "plugin_daemon:5002",
    "/explore": "web:3000",
    "/marketplace": "marketplace:443",
    "/": "web:3000",
  },
  "1.16.1": {
    "/console/api": "api:5001",
    "/api": "api:5001",
    "/v1": "api:5001",
    "/files": "api:5001",
    "/openapi": "api:5001",
    "/mcp": "api:5001",
    "/triggers": "api:5001",
    "/socket.io/": "api_websocket:5001",
    "/e/": "plugin_daemon:5002",
    "/explore": "web:3000",
    "/marketplace": "marketplace:443",
    "/": "web:3000",
  },
};

const releases: readonly RoutesOf[] = ["1.8.1", "1.16.1"];

describe("routes", () => {
  test.each(releases)("are the documented ones of %s", (release) => {
    const table = Object.fromEntries(routesFor(release).map((r) => [r.path, `${r.component}:${r.port}`]));
    expect(table).toEqual(documented[release]);
    expect(routesFor(release).every((route) => route.match === "prefix")).toBe(true);
  });
});

describe("nginxConfiguration", () => {
  const options: NginxOptions = {
    routes: routesFor("1.16.1"),
    upstream: (component, port) => `dify-${component.replace("_", "-")}.dify.svc.cluster.local:${port}`,
    uploadLimitMb: 100,
    trustedProxyCidrs: ["130.211.0.0/22", "${TfToken[TOKEN.7]}/32"],
    marketplaceUrl: "https://marketplace.dify.ai",
    resolver: "169.254.20.10",
  };

  test("holds nothing that Terraform would replace, but for what was passed in", () => {
    const text = nginxConfiguration(options).replaceAll("${TfToken[TOKEN.7]}", "");
    expect(text).not.toContain("${");
    expect(text).not.toContain("%{");
  });

  test("refuses values that would write configuration of their own", () => {
    const wrong = (change: Partial<NginxOptions>) => () => nginxConfiguration({ ...options, ...change });
    expect(wrong({ trustedProxyCidrs: ["10.0.0.0/8; deny all"] })).toThrow(/trustedProxyCidrs/);
    expect(wrong({ upstream: () => "api:1 }" })).toThrow(/upstream/);
    expect(wrong({ resolver: "a;b" })).toThrow(/resolver/);
    expect(wrong({ marketplaceUrl: "http://marketplace.dify.ai" })).toThrow(/https/);
    expect(wrong({ uploadLimitMb: 0 })).toThrow(/uploadLimitMb/);
    expect(wrong({ routes: [{ path: "/a b", match: "prefix", component: "web", port: 1 }] })).toThrow(/route/);
  });
});

/** What a stub back end says about the request that reached it. */
interface Seen {
  readonly component: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly bytes: number;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

const trustedPeer = "127.0.0.2";
const loadBalancer = "203.0.113.9";
const uploadLimitMb = 2;

describeWith([tools.nginx], "a real nginx", () => {
  let directory: string;
  const components = ["api", "api_websocket", "plugin_daemon", "web"];
  const ports = new Map<string, number>();
  const servers: Server[] = [];
  const proxies = new Map<RoutesOf, { port: number; daemon: Daemon }>();
  /** Lets the next event of the event stream go. */
  let nextEvent: () => void = () => undefined;

  const start = async (
    options: Partial<NginxOptions>,
  ): Promise<{ port: number; daemon: Daemon; configuration: string }> => {
    const port = await freePort();
    const scratch = join(directory, String(port));
    mkdirSync(scratch);
    own(scratch);
    const configuration = join(scratch, "nginx.conf");
    writeFileSync(
      configuration,
      nginxConfiguration({
        routes: baseRoutes,
        upstream: (component) => `127.0.0.1:${ports.get(component) ?? 1}`,
        port,
        listenAddress: "127.0.0.1",
        uploadLimitMb,
        trustedProxyCidrs: [`${trustedPeer}/32`, `${loadBalancer}/32`],
        workerProcesses: 1,
        directory: scratch,
        ...options,
      }),
    );
    const [shell = "", ...args] = startCommand(scratch, join(directory, "resolv.conf"));
    const daemon = new Daemon(shell, [...args, "sh", "-c", configuration], join(scratch, "log"), {
      env: { PATH: dirname(path(tools.nginx)) + ":" + String(process.env.PATH) },
    });
    await daemon.ready(port);
    return { port, daemon, configuration };
  };

  const send = async (options: RequestOptions, body?: Buffer | readonly Buffer[]): Promise<Answer> =>
    await new Promise((resolve, reject) => {
      const outgoing = request({ host: "127.0.0.1", agent: false, ...options }, (incoming) => {
        let text = "";
        incoming.setEncoding("utf8").on("data", (part: string) => (text += part));
        incoming.on("end", () => {
          resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, body: text });
        });
      });
      // A server that refuses an upload closes the connection while we still write; the answer counts.
      outgoing.on("error", (error) => setTimeout(reject, 500, error));
      for (const part of Array.isArray(body) ? (body as readonly Buffer[]) : []) outgoing.write(part);
      outgoing.end(Buffer.isBuffer(body) ? body : undefined);
    });

  const portOf = (release: RoutesOf): number => proxies.get(release)?.port ?? 0;

  const seen = async (url: string, options: RequestOptions = {}, release: RoutesOf = "1.16.1"): Promise<Seen> => {
    const { status, body } = await send({ port: portOf(release), path: url, ...options });
    if (status !== 200) throw new Error(`${url.slice(0, 100)}: ${status} ${body}`);
    return JSON.parse(body) as Seen;
  };

  const answer = (component: string, incoming: IncomingMessage, bytes: number): Seen => ({
    component,
    url: incoming.url ?? "",
    headers: incoming.headers,
    bytes,
  });

  beforeAll(async () => {
    directory = temporaryDirectory("nginx");
    writeFileSync(join(directory, "resolv.conf"), "search test\nnameserver 127.0.0.53\nnameserver 127.0.0.54\n");
    for (const component of components) {
      const server = createServer({ maxHeaderSize: 65_536 }, (incoming, outgoing) => {
        if (incoming.url?.startsWith("/v1/stream") === true) {
          outgoing.writeHead(200, { "Content-Type": "text/event-stream" });
          outgoing.write("data: first\n\n");
          nextEvent = () => outgoing.end("data: last\n\n");
          return;
        }
        const delay = incoming.url?.startsWith("/v1/slow") === true ? 1500 : 0;
        let bytes = 0;
        incoming.on("data", (part: Buffer) => (bytes += part.length));
        incoming.on("end", () => {
          setTimeout(() => {
            outgoing.writeHead(200, { "Content-Type": "application/json", "X-Content-Type-Options": "other" });
            outgoing.end(JSON.stringify(answer(component, incoming, bytes)));
          }, delay);
        });
      });
      server.on("upgrade", (incoming, socket) => {
        socket.write(
          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
            `X-Component: ${component}\r\nX-Seen-Host: ${incoming.headers.host ?? ""}\r\n\r\n`,
        );
        socket.pipe(socket);
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      ports.set(component, typeof address === "object" && address !== null ? address.port : 0);
      servers.push(server);
    }
    for (const release of releases) proxies.set(release, await start({ routes: routesFor(release) }));
  });

  afterAll(async () => {
    await stopDaemons();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    removeDirectory(directory);
  });

  describe.each(releases)("routes of %s", (release) => {
    const expected = (route: Route): string => route.component;

    test.each(routesFor(release).filter((route) => route.component !== "marketplace"))(
      "$path goes to $component",
      async (route) => {
        const below = `${route.path.replace(/\/$/, "")}/some/thing?q=1&r=%2F`;
        const exact = await seen(route.path, {}, release);
        expect([exact.component, exact.url]).toEqual([expected(route), route.path]);
        const deeper = await seen(below, {}, release);
        expect([deeper.component, deeper.url]).toEqual([expected(route), below]);
        expect((await seen(route.path, { method: "POST" }, release)).component).toBe(expected(route));
      },
    );

    test.each([
      ["/apifoo", "api"],
      ["/apps", "web"],
      ["/v1/chat-messages", "api"],
      ["/v", "web"],
      ["/e/abc", "plugin_daemon"],
      ["/explore/x", "web"],
      ["/explore/../console/api/x", "api"],
      ["//console/api", "api"],
      ["/console", "web"],
      ["/inner/api/invoke", "web"],
      ["/health", "api"],
      ["/healthy", "web"],
      ["/install", "web"],
      ["/files/a%2Fb%20c?sign=%2B", "api"],
      ["/triggers/plugin/x", release === "1.8.1" ? "web" : "api"],
      ["/openapi/x", release === "1.8.1" ? "web" : "api"],
      ["/socket.io/?EIO=4&transport=polling", release === "1.8.1" ? "web" : "api_websocket"],
    ])("%s goes to %s, unchanged", async (url, component) => {
      const { component: reached, url: passed } = await seen(url, {}, release);
      expect([reached, passed]).toEqual([component, url]);
    });

    test("/e goes to /e/ of the same host and port", async () => {
      const { status, headers } = await send({ port: portOf(release), path: "/e" });
      expect([status, headers.location]).toEqual([301, "/e/"]);
    });

    test("there is no marketplace unless it is asked for", async () => {
      expect((await send({ port: portOf(release), path: "/marketplace/api/v1/plugins" })).status).toBe(404);
    });
  });

  test("answers for itself without a back end", async () => {
    const { port, daemon } = await start({ upstream: () => "127.0.0.1:1" });
    expect(await send({ port, path: ownHealthPath })).toMatchObject({ status: 200, body: "ok\n" });
    expect((await send({ port, path: "/health" })).status).toBe(502);
    await daemon.stop();
  });

  test("an event stream arrives event by event", async () => {
    const events: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const outgoing = request({ host: "127.0.0.1", port: portOf("1.16.1"), path: "/v1/stream", agent: false });
      outgoing.on("error", reject);
      outgoing.on("response", (incoming) => {
        incoming.setEncoding("utf8").on("data", (text: string) => {
          events.push(text.trim());
          // The last event is sent only because the first one is here.
          if (events.length === 1) nextEvent();
        });
        incoming.on("end", resolve);
      });
      outgoing.end();
    });
    expect(events).toEqual(["data: first", "data: last"]);
  }, 5_000);

  test("an upload reaches the back end while it is still being sent", async () => {
    // The opposite direction: the back end sees the first part although the request has not ended.
    const early = new Promise<string>((resolve) => {
      servers[0]?.once("request", (incoming: IncomingMessage) => {
        incoming.once("data", (part: Buffer) => {
          resolve(part.toString());
        });
      });
    });
    const outgoing = request({
      ...{ host: "127.0.0.1", port: portOf("1.16.1"), path: "/v1/x", method: "POST", agent: false },
      headers: { "Content-Length": "10" },
    });
    const response = new Promise((resolve) => outgoing.on("response", resolve));
    outgoing.write("first");
    expect(await early).toBe("first");
    outgoing.end("-last");
    await response;
  }, 5_000);

  test("a slow answer is waited for", async () => {
    expect((await seen("/v1/slow")).component).toBe("api");
  });

  const upgrade = async (
    url: string,
    release: RoutesOf,
  ): Promise<{ status: number; component?: string; echo?: string }> =>
    await new Promise((resolve, reject) => {
      const outgoing = request({
        ...{ host: "127.0.0.1", port: portOf(release), path: url, agent: false },
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
    expect(await upgrade(url, "1.16.1")).toEqual({ status: 101, component: "api_websocket", echo: "ping" });
    expect(await upgrade("/api/x", "1.16.1")).toEqual({ status: 200 });
    expect(await upgrade(url, "1.8.1")).toEqual({ status: 200 });
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
      await send({ port: portOf("1.16.1"), path: "/console/api/files/upload", method: "POST" }, body);

    test("of exactly the limit pass whole", async () => {
      const body = multipart(uploadLimitMb * mebibyte);
      const { status, body: text } = await upload(body);
      expect(status).toBe(200);
      expect((JSON.parse(text) as Seen).bytes).toBe(body.length);
    });

    test("above limit and margin get 413, whether or not they announce their size", async () => {
      const limit = (uploadLimitMb + multipartMarginMb) * mebibyte;
      expect((await upload(Buffer.alloc(limit, "x"))).status).toBe(200);
      expect((await upload(Buffer.alloc(limit + 1, "x"))).status).toBe(413);
      const parts = Array.from({ length: (uploadLimitMb + multipartMarginMb) * 4 + 1 }, () =>
        Buffer.alloc(mebibyte / 4, "x"),
      );
      expect((await upload(parts)).status).toBe(413);
      expect((await upload(parts.slice(1))).status).toBe(200);
    });
  });

  test("long request lines and cookies pass", async () => {
    const { headers } = await seen(`/api/x?token=${"t".repeat(20_000)}`, { headers: { Cookie: "c".repeat(20_000) } });
    expect(headers.cookie).toHaveLength(20_000);
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
      const { headers } = await seen("/e/hook?a=b", { headers: { ...forged, Host: "dify.example" } });
      expect(headers).toMatchObject({
        host: "dify.example",
        "x-forwarded-for": "127.0.0.1",
        "x-real-ip": "127.0.0.1",
        "x-forwarded-proto": "http",
        "x-forwarded-host": "dify.example",
        "x-forwarded-port": "80",
        "dify-hook-url": "http://dify.example/e/hook?a=b",
      });
      for (const name of ["forwarded", "cf-connecting-ip", "true-client-ip", "proxy"]) {
        expect(headers).not.toHaveProperty(name);
      }
      expect(JSON.stringify(headers)).not.toMatch(/evil|198\.51\.100\.66/);
    });

    test("a load balancer in front is believed: the client is the last address that is not its own", async () => {
      const { headers } = await seen("/e/hook%20x?a=b", {
        localAddress: trustedPeer,
        headers: {
          ...{ Host: "dify.example", "X-Forwarded-Proto": "https" },
          "X-Forwarded-For": `10.9.9.9, 192.0.2.44, ${loadBalancer}`,
        },
      });
      expect(headers).toMatchObject({
        "x-forwarded-for": "192.0.2.44",
        "x-forwarded-proto": "https",
        "x-forwarded-port": "443",
        "dify-hook-url": "https://dify.example/e/hook%20x?a=b",
      });
    });

    test.each(["ftp", "https, http", "https\u0020evil", ""])(
      "scheme %j of a trusted peer is no scheme",
      async (scheme) => {
        const { headers } = await seen("/e/x", {
          localAddress: trustedPeer,
          headers: { Host: "dify.example", "X-Forwarded-Proto": scheme },
        });
        expect(headers["dify-hook-url"]).toBe("http://dify.example/e/x");
      },
    );

    test("a port that the browser used is kept", async () => {
      const { headers } = await seen("/e/x", { headers: { Host: "localhost:8080" } });
      expect(headers).toMatchObject({
        host: "localhost:8080",
        "x-forwarded-port": "8080",
        "dify-hook-url": "http://localhost:8080/e/x",
      });
      const six = await seen("/e/x", { headers: { Host: "[::1]" } });
      expect(six.headers["dify-hook-url"]).toBe("http://[::1]/e/x");
    });

    test("only plugins are told the public URL", async () => {
      for (const url of ["/api/x", "/", "/socket.io/"]) {
        expect((await seen(url, { headers: forged })).headers).not.toHaveProperty("dify-hook-url");
      }
    });
  });

  test("responses say neither nginx's version nor a type to be guessed", async () => {
    const { headers } = await send({ port: portOf("1.16.1"), path: "/api/x" });
    expect(headers.server).toBe("nginx");
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers).not.toHaveProperty("x-frame-options");
  });

  test("the access log is JSON without query strings; its own health is not logged", async () => {
    const { port, daemon } = await start({});
    await send({ port, path: "/api/x?token=hidden", headers: { "User-Agent": 'quo"te', Referer: "http://x/?hidden" } });
    await send({ port, path: ownHealthPath });
    await send({ port, path: "/v1/missing?token=hidden", method: "POST" });
    await until("the log", () => daemon.output.split("\n").length > 2);
    await daemon.stop("SIGQUIT");
    expect(daemon.output).not.toContain("hidden");
    const entries = daemon.output
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(entries).toHaveLength(2);
    expect(entries[0]).toMatchObject({
      severity: "INFO",
      httpRequest: { requestMethod: "GET", requestUrl: "/api/x", status: 200, userAgent: 'quo"te' },
      upstream: `127.0.0.1:${ports.get("api") ?? 0}`,
    });
  });

  test("a failing back end does not put query strings into the error log", async () => {
    const { port, daemon } = await start({ upstream: () => "127.0.0.1:1" });
    expect((await send({ port, path: "/api/x?token=hidden" })).status).toBe(502);
    await until("the log", () => daemon.output.includes("502"));
    await daemon.stop();
    expect(daemon.output).not.toContain("hidden");
  });

  test("ends gracefully: what is being answered is answered", async () => {
    const { port, daemon } = await start({});
    const answered = send({ port, path: "/v1/slow" });
    await sleep(300);
    await daemon.stop("SIGQUIT");
    expect((await answered).status).toBe(200);
  });

  describe("the external marketplace", () => {
    let dns: DnsServer;
    let certificate: string;
    let marketplacePort: number;
    const close: (() => void)[] = [];

    beforeAll(async () => {
      certificate = join(directory, "certificate.pem");
      const key = join(directory, "key.pem");
      const made = await run("openssl", [
        ...["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"],
        ...["-subj", "/CN=marketplace.test", "-addext", "subjectAltName=DNS:marketplace.test"],
        ...["-keyout", key, "-out", certificate],
      ]);
      if (made.code !== 0) throw new Error(made.stderr);
      const server = createTlsServer({ key: readFileSync(key), cert: readFileSync(certificate) }, (incoming, out) => {
        const servername = (incoming.socket as { servername?: unknown }).servername;
        let bytes = 0;
        incoming.on("data", (part: Buffer) => (bytes += part.length));
        incoming.on("end", () => {
          out.setHeader("Set-Cookie", "tracking=1");
          out.end(JSON.stringify(answer(String(servername), incoming, bytes)));
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const address = server.address();
      marketplacePort = typeof address === "object" && address !== null ? address.port : 0;
      dns = await dnsServer({ "marketplace.test": ["127.0.0.1"], "impostor.test": ["127.0.0.1"] });
      close.push(() => {
        server.closeAllConnections();
        server.close();
        dns.close();
      });
    });

    afterAll(() => {
      for (const end of close) end();
    });

    test("gets the request without prefix, and none of the user's secrets", async () => {
      const { port, daemon } = await start({
        marketplaceUrl: `https://marketplace.test:${marketplacePort}/base/`,
        resolver: `127.0.0.1:${dns.port}`,
        caCertificates: certificate,
      });
      const headers = { Cookie: "session=1", Authorization: "Bearer x", "Content-Type": "application/json" };
      const response = await send(
        { port, path: "/marketplace/api/v1/plugins?q=a%20b", method: "POST", headers },
        Buffer.from("{}"),
      );
      expect(response.status).toBe(200);
      expect(response.headers).not.toHaveProperty("set-cookie");
      const { component, url, headers: passed, bytes } = JSON.parse(response.body) as Seen;
      expect([component, url, bytes]).toEqual(["marketplace.test", "/base/api/v1/plugins?q=a%20b", 2]);
      expect(passed.host).toBe(`marketplace.test:${marketplacePort}`);
      expect(passed["content-type"]).toBe("application/json");
      for (const name of ["cookie", "authorization", "x-forwarded-for"]) expect(passed).not.toHaveProperty(name);
      expect((await send({ port, path: "/marketplaces" })).status).toBe(404);
      await daemon.stop();
    });

    test("is looked up with the pod's own DNS server where no other is given", async () => {
      const { daemon, configuration } = await start({
        marketplaceUrl: "https://marketplace.test",
        caCertificates: certificate,
      });
      await daemon.stop();
      const resolver = join(dirname(configuration), "resolver.conf");
      expect(readFileSync(resolver, "utf8")).toBe("resolver 127.0.0.53 valid=30s;\n");
      expect(readFileSync(configuration, "utf8")).toContain(`include ${dirname(configuration)}/resolver*.conf;`);

      writeFileSync(join(directory, "six.conf"), "nameserver fd00::53\n");
      const [shell = "", ...args] = startCommand(directory, join(directory, "six.conf"));
      await run(shell, [...args, "sh", "-v"], {
        env: { PATH: `${dirname(path(tools.nginx))}:${String(process.env.PATH)}` },
      });
      expect(readFileSync(join(directory, "resolver.conf"), "utf8")).toBe("resolver [fd00::53] valid=30s;\n");
    });

    test("must have a certificate for its name", async () => {
      const { port, daemon } = await start({
        marketplaceUrl: `https://impostor.test:${marketplacePort}`,
        resolver: `127.0.0.1:${dns.port}`,
        caCertificates: certificate,
      });
      expect((await send({ port, path: "/marketplace/x" })).status).toBe(502);
      await daemon.stop();
    });

    test("does not keep nginx from starting when its name is unknown", async () => {
      const { port, daemon } = await start({
        marketplaceUrl: "https://nowhere.test",
        resolver: `127.0.0.1:${dns.port}`,
        caCertificates: certificate,
      });
      expect((await send({ port, path: "/marketplace/x" })).status).toBe(502);
      expect((await send({ port, path: "/api/x" })).status).toBe(200);
      await daemon.stop();
    });
  });
});
