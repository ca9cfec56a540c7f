import { readFileSync, writeFileSync } from "node:fs";
import { createServer as createTlsServer } from "node:https";
import { dirname, join } from "node:path";
import { startCommand } from "../../modules/dify-common/nginx";
import { dnsServer, type DnsServer } from "./dns";
import { Edge, nginxPath, type Seen, seenBy, send } from "./nginx";
import { run } from "./processes";
import { describeWith, tools } from "./require";

describeWith([tools.nginx], "the external marketplace behind a real nginx", () => {
  const edge = new Edge();
  let dns: DnsServer;
  let certificate: string;
  let marketplacePort: number;
  const close: (() => void)[] = [];

  beforeAll(async () => {
    await edge.start();
    certificate = join(edge.directory, "certificate.pem");
    const key = join(edge.directory, "key.pem");
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
        out.end(JSON.stringify(seenBy(String(servername), incoming, bytes)));
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

  afterAll(async () => {
    for (const end of close) end();
    await edge.stop();
  });

  test("gets the request without prefix, and none of the user's secrets", async () => {
    const { port, daemon } = await edge.nginx({
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
    const { daemon, configuration } = await edge.nginx({
      marketplaceUrl: "https://marketplace.test",
      caCertificates: certificate,
    });
    await daemon.stop();
    const resolver = join(dirname(configuration), "resolver.conf");
    expect(readFileSync(resolver, "utf8")).toBe("resolver 127.0.0.53 valid=30s;\n");
    expect(readFileSync(configuration, "utf8")).toContain(`include ${dirname(configuration)}/resolver*.conf;`);

    writeFileSync(join(edge.directory, "six.conf"), "nameserver fd00::53\n");
    const [shell = "", ...args] = startCommand(edge.directory, join(edge.directory, "six.conf"));
    await run(shell, [...args, "sh", "-v"], {
      env: { PATH: nginxPath() },
    });
    expect(readFileSync(join(edge.directory, "resolver.conf"), "utf8")).toBe("resolver [fd00::53] valid=30s;\n");
  });

  test("must have a certificate for its name", async () => {
    const { port, daemon } = await edge.nginx({
      marketplaceUrl: `https://impostor.test:${marketplacePort}`,
      resolver: `127.0.0.1:${dns.port}`,
      caCertificates: certificate,
    });
    expect((await send({ port, path: "/marketplace/x" })).status).toBe(502);
    await daemon.stop();
  });

  test("does not keep nginx from starting when its name is unknown", async () => {
    const { port, daemon } = await edge.nginx({
      marketplaceUrl: "https://nowhere.test",
      resolver: `127.0.0.1:${dns.port}`,
      caCertificates: certificate,
    });
    expect((await send({ port, path: "/marketplace/x" })).status).toBe(502);
    expect((await send({ port, path: "/api/x" })).status).toBe(200);
    await daemon.stop();
  });
});
