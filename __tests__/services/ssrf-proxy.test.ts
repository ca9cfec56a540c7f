import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { join } from "node:path";
import { squidConfiguration, type SquidOptions } from "../../modules/dify-common/ssrf-proxy";
import { dnsServer, type DnsServer } from "./dns";
import { removeDirectory, run, stopDaemons, temporaryDirectory, unprivileged } from "./processes";
import { describeUnless, describeWith, path, tools } from "./require";
import { removeSharedMemory, type Squid, startSquid } from "./squid";

const hosts = {
  // Names of the tests' own.
  "private.test": "10.1.2.3",
  "loopback.test": "127.0.0.1",
  "metadata.test": "169.254.169.254",
  "six.test": "fd00::1",
  "public.test": "93.184.216.34",
  "ollama.corp.test": "127.0.0.1",
  "gateway.corp.test": "169.254.169.254",
  "named.internal": "127.0.0.1",
  "metadata.google.internal": "169.254.169.254",
  "dify-api.dify.svc.cluster.local": "93.184.216.34",
  "service.internal": "93.184.216.34",
  "other.public.test": "93.184.216.35",
  "wiki.port.test": "127.0.0.1",
  "a.wiki.port.test": "127.0.0.1",
  "gateway.port.test": "169.254.169.254",
};

afterAll(removeSharedMemory);

const configuration = (change: Partial<SquidOptions> = {}): string =>
  squidConfiguration({ port: 3128, allowedHosts: [], ...change });

describe("squidConfiguration", () => {
  const refused = (text: string): string[] =>
    [...text.matchAll(/^acl refused_addresses dst (?<range>\S+)$/gm)].map((match) => match.groups?.range ?? "");

  test("holds nothing that Terraform would replace", () => {
    const text = configuration({ allowedHosts: ["ollama.example", "10.1.2.3"], internalCidrs: ["8.8.8.0/24"] });
    expect(text).not.toContain("${");
    expect(text).not.toContain("%{");
  });

  test("cuts allowed ranges out of the refused ones", () => {
    expect(refused(configuration())).toContain("10.0.0.0/8");
    const cut = refused(configuration({ allowedHosts: ["10.128.0.0/10"] }));
    expect(cut).not.toContain("10.0.0.0/8");
    expect(cut).toEqual(expect.arrayContaining(["10.0.0.0/9", "10.192.0.0/10", "192.168.0.0/16"]));
    expect(refused(configuration({ allowedHosts: ["fc00::/7"] }))).toHaveLength(refused(configuration()).length - 1);
    const all = configuration({ allowedHosts: ["0.0.0.0/0", "::/0"] });
    expect(refused(all)).toEqual([]);
    expect(all).not.toContain("deny refused_addresses");
    expect(all).toContain("deny metadata");
  });

  test("leaves out names that another one covers: squid would not start", () => {
    const text = configuration({
      allowedHosts: [".corp.example", "a.corp.example", ".b.corp.example", "corp.example"],
    });
    expect(text).toContain("acl allowed_names dstdomain -n .corp.example\n");
  });

  test.each([
    "a b",
    "x;y",
    "a\nhttp_access allow all",
    "http://x",
    "*",
    ".",
    "",
    "10.0.0.0/33",
    "10.0.0",
    "1.2.3.4/",
    ":::",
    "fd00::/129",
    "wiki.example:0",
    "wiki.example:65536",
    "wiki.example:",
    "10.0.0.1:x",
    "10.0.0.0/33:443",
  ])("refuses %j as an allowed host", (host) => {
    expect(() => configuration({ allowedHosts: [host] })).toThrow();
  });

  test("refuses directories and servers that would write configuration of their own", () => {
    expect(() => configuration({ hostsFile: "/etc/hosts\nx" })).toThrow(/hostsFile/);
    expect(() => configuration({ dnsNameservers: ["ns.example"] })).toThrow();
    expect(() => configuration({ clientCidrs: ["all"] })).toThrow();
  });
});

describeWith([tools.squid], "a real squid", () => {
  let directory: string;
  let strict: Squid;
  let open: Squid;
  let stub: Server;
  let stubPort: number;
  let stubSaw: IncomingHttpHeaders = {};

  beforeAll(async () => {
    directory = temporaryDirectory("squid");
    stub = createServer((incoming, outgoing) => {
      stubSaw = incoming.headers;
      outgoing.end("stub");
    });
    await new Promise<void>((resolve) => stub.listen(0, resolve));
    const address = stub.address();
    stubPort = typeof address === "object" && address !== null ? address.port : 0;
    [strict, open] = await Promise.all([
      startSquid(directory, hosts, {}),
      startSquid(directory, hosts, {
        allowedHosts: [".corp.test", "named.internal", "127.77.0.0/16", "169.254.0.0/16"],
      }),
    ]);
  });

  afterAll(async () => {
    // On SIGTERM it would wait for its clients.
    await stopDaemons("SIGKILL");
    stub.close();
    removeDirectory(directory);
  });

  test("starts without complaint, as an ordinary user", () => {
    const complaints = strict.daemon.output.split("\n").filter((line) => /WARNING|ERROR|FATAL/.test(line));
    expect(complaints.filter((line) => !line.includes("HTTP requires the use of Via"))).toEqual([]);
  });

  describe("refuses", () => {
    test.each([
      ...["0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.127.255.255", "127.0.0.1"],
      ...["127.255.255.254", "169.254.169.254", "169.254.20.10", "172.16.0.1", "172.31.255.255", "192.0.0.8"],
      ...["192.0.2.1", "192.88.99.1", "192.168.1.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1"],
      ...["34.118.224.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"],
    ])("IPv4 address %s", async (address) => {
      expect((await strict.get(`http://${address}/`)).status).toBe(403);
      expect(await strict.connect(`${address}:443`)).toBe(403);
    });

    test.each([
      ...["::", "::1", "::127.0.0.1", "::a00:1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:a9fe:a9fe"],
      ...["0:0:0:0:0:ffff:7f00:1", "64:ff9b::7f00:1", "64:ff9b::169.254.169.254", "64:ff9b:1::1", "100::1", "2001::1"],
      ...["2001:db8::1", "2002:7f00:1::1", "3fff::1", "5f00::1", "fc00::1", "fd00::1", "fd20:ce::254", "fe80::1"],
      ...["febf::1", "fec0::1", "ff02::1"],
    ])("IPv6 address %s", async (address) => {
      expect((await strict.get(`http://[${address}]/`)).status).toBe(403);
      expect(await strict.connect(`[${address}]:443`)).toBe(403);
    });

    test.each([
      ...["2130706433", "0x7f000001", "017700000001", "0177.0.0.1", "0x7f.1", "127.1", "127.0.1", "0", "127.0.0.1."],
      ...["2852039166", "0xa9fea9fe", "0xa9.0xfe.0xa9.0xfe", "0251.0376.0251.0376", "%31%32%37.0.0.1", "167772161"],
    ])("the other spelling %s", async (host) => {
      // Never anything but a refusal: as forbidden, or as no valid address at all.
      expect([400, 403]).toContain((await strict.get(`http://${host}/`)).status);
      expect([400, 403]).toContain(await strict.connect(`${host}:443`));
    });

    test.each([
      ...["private.test", "loopback.test", "LOOPBACK.test", "loopback.test.", "metadata.test", "six.test", "localhost"],
      ...["metadata.google.internal", "Metadata.Google.Internal.", "dify-api.dify.svc.cluster.local"],
      ...["service.internal", "user@metadata.google.internal", "public.test@metadata.google.internal"],
    ])("the name %s", async (name) => {
      expect((await strict.get(`http://${name}/computeMetadata/v1/`)).status).toBe(403);
      if (!name.includes("@")) expect(await strict.connect(`${name}:443`)).toBe(403);
    });

    test.each(["public.test:22", "public.test:25", "public.test:80", "public.test:8443", "93.184.216.34:5432"])(
      "CONNECT to %s",
      async (authority) => {
        expect(await strict.connect(authority)).toBe(403);
      },
    );

    test.each(["http://public.test:22/", "http://public.test:1024/", "ftp://public.test/", "ftp://public.test:8021/"])(
      "%s",
      async (url) => {
        expect((await strict.get(url)).status).toBe(403);
      },
    );

    test.each(["urn:isbn:1", "/", "/squid-internal-mgr/info", "cache_object://127.0.0.1/info", "file:///etc/passwd"])(
      "%s, which is no request to a web server",
      async (url) => {
        expect([400, 403, 404, 501]).toContain((await strict.get(url)).status);
      },
    );

    test("clients that are not on the network", async () => {
      const picky = await startSquid(directory, hosts, { clientCidrs: ["127.0.0.2"], allowedHosts: ["127.77.0.0/16"] });
      const url = `http://127.77.0.1:${stubPort}/`;
      expect((await picky.get(url)).status).toBe(403);
      expect((await picky.get(url, { localAddress: "127.0.0.2" })).status).toBe(200);
      await picky.daemon.stop("SIGKILL");
    });
  });

  test("public addresses that the network uses inside: refused, and clients' own", async () => {
    const cluster = await startSquid(directory, hosts, {
      // As a plan knows some of them, and not others.
      internalCidrs: ["93.184.0.0/16"],
      internalLines: (beginning) => `${beginning}25.0.0.0/16\n${beginning}26.1.0.0/24\n`,
      allowedHosts: ["93.184.216.34", "api.corp.test"],
    });
    for (const host of ["93.184.1.1", "25.0.3.4", "26.1.0.9"]) {
      expect([host, (await cluster.get(`http://${host}/`)).status]).toEqual([host, 403]);
      expect([host, await cluster.connect(`${host}:443`)]).toEqual([host, 403]);
    }
    // What is next to them is the internet, and an allowed address of them is allowed.
    for (const host of ["26.1.1.9", "93.185.1.1", "93.184.216.34"]) {
      expect([host, (await cluster.get(`http://${host}/`)).status]).toEqual([host, 503]);
    }
    const complaints = cluster.daemon.output.split("\n").filter((line) => /WARNING|ERROR|FATAL/.test(line));
    expect(complaints.filter((line) => !line.includes("HTTP requires the use of Via"))).toEqual([]);
    await cluster.daemon.stop("SIGKILL");
    const clients = configuration({
      internalCidrs: ["93.184.0.0/16"],
      internalLines: (line) => `${line}25.0.0.0/16\n`,
    });
    expect(clients).toMatch(/^acl clients src .* 93\.184\.0\.0\/16$/m);
    expect(clients).toMatch(/^acl clients src 25\.0\.0\.0\/16$/m);
  });

  describe("lets through", () => {
    // Attempted and not refused: the connection itself fails, because it is bound to the loopback.
    test.each(["http://public.test/", "http://93.184.216.34/", "http://public.test:8080/", "https://public.test/"])(
      "%s",
      async (url) => {
        expect(await strict.get(url)).toMatchObject({ status: 503 });
      },
    );

    test("CONNECT to public servers", async () => {
      expect(await strict.connect("public.test:443")).toBe(503);
      expect(await strict.connect("93.184.216.34:443")).toBe(503);
    });

    test("public IPv6 addresses", async () => {
      expect((await strict.get("http://[2606:2800:220:1::1]/")).status).toBe(503);
    });

    test("an allowed internal name and everything below an allowed suffix", async () => {
      for (const name of ["ollama.corp.test", "named.internal"]) {
        expect(await open.get(`http://${name}:${stubPort}/`)).toMatchObject({ status: 200, body: "stub" });
        expect(await open.connect(`${name}:${stubPort}`)).toBe(200);
      }
    });

    test("allowed addresses, by number and through CONNECT to any web port", async () => {
      expect(await open.get(`http://127.77.1.2:${stubPort}/`)).toMatchObject({ status: 200, body: "stub" });
      expect(await open.connect(`127.77.1.2:${stubPort}`)).toBe(200);
    });
  });

  test("an allow list opens what it names and nothing else", async () => {
    for (const host of ["loopback.test", "127.0.0.1", "127.76.255.255", "127.78.0.0", "10.1.2.3", "xcorp.test"]) {
      expect((await open.get(`http://${host}:${stubPort}/`)).status).toBe(403);
      expect(await open.connect(`${host}:443`)).toBe(403);
    }
    expect((await open.get("http://ollama.corp.test:22/")).status).toBe(403);
  });

  test("nothing opens the metadata server: not its address, and not an allowed name that leads there", async () => {
    for (const host of ["169.254.169.254", "gateway.corp.test", "metadata.google.internal"]) {
      expect((await open.get(`http://${host}/computeMetadata/v1/`)).status).toBe(403);
    }
  });

  describe("what is allowed on one port", () => {
    let ported: Squid;
    let wide: Squid;

    beforeAll(async () => {
      [ported, wide] = await Promise.all([
        startSquid(directory, hosts, {
          allowedHosts: [
            ...[`.wiki.port.test:${stubPort}`, `127.78.0.0/16:${stubPort}`, `gateway.port.test:${stubPort}`],
            ...["127.79.0.1", "public.test:8443", "public.test:22", "93.184.216.34:25", "93.184.216.34:443"],
          ],
        }),
        startSquid(directory, hosts, { allowedHosts: ["0.0.0.0/0:8443", "::/0", "10.0.0.0/8:22"] }),
      ]);
    });

    test("is reached there, with and without a tunnel", async () => {
      for (const host of ["wiki.port.test", "a.wiki.port.test", "127.78.1.2", "127.79.0.1"]) {
        expect(await ported.get(`http://${host}:${stubPort}/`)).toMatchObject({ status: 200, body: "stub" });
        expect(await ported.connect(`${host}:${stubPort}`)).toBe(200);
      }
      for (const to of ["public.test:8443", "public.test:22", "93.184.216.34:25"])
        expect([to, await ported.connect(to)]).toEqual([to, 503]);
      expect((await ported.get("http://93.184.216.34:25/")).status).toBe(503);
    });

    test("is judged as all others on every other port, and so are others on that port", async () => {
      const refused = [
        ...["wiki.port.test:443", "127.78.1.2:443", `127.0.0.1:${stubPort}`, `loopback.test:${stubPort}`],
        ...[
          `127.77.0.1:${stubPort}`,
          "127.79.0.1:22",
          "public.test:8444",
          "other.public.test:25",
          "other.public.test:8443",
        ],
        ...["other.public.test:22", "93.184.216.34:22", "93.184.216.35:25", "10.1.2.3:22", `10.1.2.3:${stubPort}`],
      ];
      for (const to of refused) {
        expect([to, await ported.connect(to)]).toEqual([to, 403]);
        if (!/^(other\.)?public\.test:84/.test(to))
          expect([to, (await ported.get(`http://${to}/`)).status]).toEqual([to, 403]);
      }
      for (const to of ["public.test:443", "other.public.test:443", "93.184.216.34:443", "127.79.0.1:443"])
        expect([to, await ported.connect(to)]).toEqual([to, 503]);
    });

    test("is never the metadata server", async () => {
      for (const host of ["gateway.port.test", "169.254.169.254"]) {
        expect(await ported.connect(`${host}:${stubPort}`)).toBe(403);
        expect(await wide.connect(`${host}:8443`)).toBe(403);
      }
    });

    test("may be every address", async () => {
      for (const to of ["10.1.2.3:8443", "public.test:8443", "private.test:22", "[fd00::1]:9000"])
        expect([to, await wide.connect(to)]).toEqual([to, 503]);
      for (const to of ["10.1.2.3:443", "public.test:8444", "public.test:22", "192.168.0.1:22"])
        expect([to, await wide.connect(to)]).toEqual([to, 403]);
    });

    test("is written without complaint", () => {
      const complaints = [ported, wide].flatMap(({ daemon }) =>
        daemon.output.split("\n").filter((line) => /WARNING|ERROR|FATAL/.test(line)),
      );
      expect(complaints.filter((line) => !line.includes("HTTP requires the use of Via"))).toEqual([]);
    });
  });

  test("tells the other side nothing about the inside", async () => {
    const { headers } = await open.get(`http://ollama.corp.test:${stubPort}/`);
    for (const name of ["via", "x-forwarded-for"]) expect(stubSaw).not.toHaveProperty(name);
    for (const name of ["via", "x-cache", "x-cache-lookup"]) expect(headers).not.toHaveProperty(name);
    const denied = await open.get("http://10.0.0.1/");
    expect(denied.body).not.toMatch(/squid\/\d/i);
  });

  test("the access log is JSON without query strings", async () => {
    await open.get(`http://ollama.corp.test:${stubPort}/a"b?token=hidden`);
    await open.get("http://10.0.0.1/?token=hidden");
    expect(await open.logged(`http://ollama.corp.test:${stubPort}/a"b?`)).toMatchObject({
      client: "127.0.0.1",
      method: "GET",
      status: 200,
      destination: "127.0.0.1",
    });
    expect(await open.logged("http://10.0.0.1/?")).toMatchObject({ status: 403, result: "TCP_DENIED" });
    expect(open.daemon.output).not.toContain("hidden");
  });
});

/** squid asks DNS servers on port 53 only, which an ordinary user may not open. */
const dnsAddress = `127.53.${process.pid % 250}.53`;
const mayListen = process.getuid?.() === 0 || unprivilegedPortsStartAt() <= 53;

function unprivilegedPortsStartAt(): number {
  try {
    return Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
  } catch {
    return 1024;
  }
}

describeWith([tools.squid], "a real squid and DNS", () => {
  describeUnless(mayListen ? undefined : "port 53 needs root", "with a DNS server of the tests", () => {
    let directory: string;
    let dns: DnsServer;
    let squid: Squid;
    let rebound = 0;

    beforeAll(async () => {
      directory = temporaryDirectory("squid-dns");
      dns = await dnsServer(
        {
          "public.test": ["93.184.216.34"],
          "private.test": ["10.0.0.1"],
          "mixed.test": ["93.184.216.34", "10.0.0.1"],
          "half.test": ["127.77.0.1", "10.0.0.1"],
          "whole.test": ["127.77.0.1"],
          "wide.test": ["127.77.0.1", "93.184.216.34"],
          "mail.test": ["127.78.0.1", "93.184.216.34"],
          "empty.test": [],
          // Public when it is judged, private when it is connected to.
          "rebinding.test": () => (rebound++ === 0 ? ["93.184.216.34"] : ["127.0.0.1"]),
          // Nothing when it is judged, private when it is connected to.
          "late.test": () => (rebound++ === 0 ? [] : ["127.0.0.1"]),
        },
        { address: dnsAddress, port: 53 },
      );
      const allowedHosts = ["127.77.0.0/16", "127.78.0.1:25"];
      squid = await startSquid(directory, hosts, { dnsNameservers: [dnsAddress], allowedHosts });
    });

    afterAll(async () => {
      // On SIGTERM it would wait for its clients.
      await stopDaemons("SIGKILL");
      dns.close();
      removeDirectory(directory);
    });

    test("names that do not resolve are refused, not tried", async () => {
      for (const name of ["missing.test", "empty.test"]) {
        expect((await squid.get(`http://${name}/`)).status).toBe(403);
        expect(await squid.connect(`${name}:443`)).toBe(403);
      }
    });

    test("one refused address among several refuses the name", async () => {
      expect((await squid.get("http://public.test/")).status).toBe(503);
      expect((await squid.get("http://private.test/")).status).toBe(403);
      expect((await squid.get("http://mixed.test/")).status).toBe(403);
    });

    test("an allowed range does not take other addresses of the same name along", async () => {
      expect(await squid.connect("half.test:443")).toBe(403);
      expect((await squid.get("http://half.test/")).status).toBe(403);
      expect((await squid.get("http://whole.test:65535/")).status).toBe(503);
    });

    test("an allowed address takes no public one along to a port that is not open to it", async () => {
      expect(await squid.connect("whole.test:8443")).toBe(503);
      expect(await squid.connect("wide.test:8443")).toBe(403);
      expect(await squid.connect("mail.test:25")).toBe(403);
      expect((await squid.get("http://mail.test:25/")).status).toBe(403);
      expect(await squid.connect("wide.test:443")).toBe(503);
    });

    test("the address that was judged is the one that is connected to", async () => {
      rebound = 0;
      expect((await squid.get("http://rebinding.test/")).status).toBe(503);
      expect(dns.asked.filter((name) => name === "rebinding.test").length).toBeGreaterThan(0);
      expect(await squid.logged("http://rebinding.test/")).toMatchObject({
        destination: "93.184.216.34",
        status: 503,
      });
      rebound = 0;
      expect((await squid.get("http://late.test/")).status).toBe(403);
    });
  });
});

describeWith([tools.squid], "squid's own check", () => {
  test("accepts the default configuration", async () => {
    const directory = temporaryDirectory("squid-parse");
    const file = join(directory, "squid.conf");
    writeFileSync(file, squidConfiguration({ allowedHosts: [] }));
    const { code } = await run(path(tools.squid), ["-k", "parse", "-f", file], unprivileged);
    expect(code).toBe(0);
    removeDirectory(directory);
  });
});
