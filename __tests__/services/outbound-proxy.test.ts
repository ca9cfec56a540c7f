import { writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { join } from "node:path";
import { Daemon, freePort, own, removeDirectory, stopDaemons, temporaryDirectory, until } from "./processes";
import { describeWith, path, tools } from "./require";
import { removeSharedMemory, type Squid, startSquid } from "./squid";

/** What a shell, squid's configuration and a URL would read as theirs. */
const PASSWORD = `p@s:s w%72ö"'$HOME\\ #`;

/** The company's proxy, which asks for a password and finds public names on this machine. */
async function company(directory: string, port: number, webPort: number): Promise<Daemon> {
  const file = (name: string, text: string): string => {
    const place = join(directory, name);
    writeFileSync(place, text);
    own(place);
    return place;
  };
  const known = JSON.stringify(["us er", PASSWORD]);
  const helper = file(
    "helper.js",
    `require("readline").createInterface({ input: process.stdin }).on("line", (line) =>
       console.log(JSON.stringify(line.split(" ").map(decodeURIComponent)) === ${JSON.stringify(known)} ? "OK" : "ERR"));`,
  );
  const configuration = file(
    "company.conf",
    [
      `http_port 127.0.0.1:${port}`,
      `auth_param basic program ${process.execPath} ${helper}`,
      "auth_param basic children 1 startup=1 idle=1",
      "auth_param basic realm company",
      "acl known proxy_auth REQUIRED",
      "http_access allow known",
      "http_access deny all",
      `hosts_file ${file("company.hosts", "127.0.0.1 public.test\n")}`,
      "tcp_outgoing_address 127.0.0.1",
      "cache deny all",
      "pid_filename none",
      "netdb_filename none",
      "pinger_enable off",
      "cache_log /dev/stderr",
      "access_log stdio:/dev/stdout",
      "max_filedescriptors 1024",
      "via on",
      "",
    ].join("\n"),
  );
  const service = `company${process.pid}x${webPort}`;
  const daemon = new Daemon(
    path(tools.squid),
    ["-N", "-n", service, "-f", configuration],
    join(directory, "company.log"),
    { cwd: directory },
  );
  await daemon.ready(port);
  return daemon;
}

describeWith([tools.squid], "by a company's proxy that asks for a password", () => {
  const directories = [temporaryDirectory("outbound"), temporaryDirectory("outbound")];
  const [directory = "", other = ""] = directories;
  let web: Server;
  let webPort: number;
  let companyPort: number;
  let parent: Daemon;
  let squid: Squid;
  let stranger: Squid;
  let saw: IncomingHttpHeaders = {};
  const byCompany = (): boolean => saw.via !== undefined;

  beforeAll(async () => {
    web = createServer((incoming, outgoing) => {
      saw = incoming.headers;
      outgoing.end("web");
    });
    await new Promise<void>((resolve) => web.listen(0, resolve));
    const address = web.address();
    webPort = typeof address === "object" && address !== null ? address.port : 0;
    companyPort = await freePort();
    parent = await company(directory, companyPort, webPort);
    const hosts = {
      "public.test": "93.184.216.34",
      "gone.test": "93.184.216.35",
      "private.test": "10.0.0.1",
      "wiki.corp.test": "127.0.0.1",
      "partner.test": "127.0.0.1",
    };
    const host = "127.0.0.1";
    const login = (user: string, password: string) => ({
      OUTBOUND_PROXY_LOGIN: `${encodeURIComponent(user)}:${encodeURIComponent(password)}`,
    });
    const options = {
      allowedHosts: ["wiki.corp.test", "partner.test", `public.test:${webPort}`],
      parent: { host, port: companyPort, login: "OUTBOUND_PROXY_LOGIN", direct: [".partner.test", "93.184.217.0/24"] },
    };
    squid = await startSquid(directory, hosts, options, login("us er", PASSWORD));
    // The line about the parent is in one file for each directory.
    stranger = await startSquid(other, hosts, options, login("us er", "wrong"));
  });

  afterAll(async () => {
    await stopDaemons("SIGKILL");
    web.close();
    for (const one of directories) removeDirectory(one);
    removeSharedMemory();
  });

  beforeEach(() => {
    saw = {};
  });

  test("what is public goes there, and what it needs to know", async () => {
    expect(await squid.get(`http://public.test:${webPort}/`)).toMatchObject({ status: 200, body: "web" });
    expect(byCompany()).toBe(true);
    expect(saw).not.toHaveProperty("proxy-authorization");
    expect(await squid.connect(`public.test:${webPort}`)).toBe(200);
    await until("the company's log", () => parent.output.includes(`CONNECT public.test:${webPort} us er`));
  });

  test("with another password it is refused, and not sent past it", async () => {
    expect((await stranger.get(`http://public.test:${webPort}/`)).status).toBe(407);
    expect(await stranger.connect(`public.test:${webPort}`)).not.toBe(200);
    expect(saw).toEqual({});
  });

  test("what is inside, or named, goes directly", async () => {
    for (const name of ["wiki.corp.test", "partner.test"]) {
      expect(await squid.get(`http://${name}:${webPort}/`)).toMatchObject({ status: 200, body: "web" });
      expect(byCompany()).toBe(false);
      expect(await squid.connect(`${name}:${webPort}`)).toBe(200);
    }
    // It is tried from here, where no packet leaves the machine.
    expect((await squid.get("http://93.184.217.9/")).status).toBe(503);
    expect(await squid.logged("http://93.184.217.9/")).toMatchObject({ destination: "93.184.217.9" });
  });

  test("is judged as without it", async () => {
    for (const host of ["private.test", "10.0.0.1", "169.254.169.254", "missing.test", "metadata.google.internal"]) {
      expect([host, (await squid.get(`http://${host}/`)).status]).toEqual([host, 403]);
      expect([host, await squid.connect(`${host}:443`)]).toEqual([host, 403]);
    }
    expect(parent.output).not.toMatch(/private\.test|missing\.test|metadata/);
  });

  test("no password is in the configuration, the log or an answer", async () => {
    const { body } = await stranger.get(`http://public.test:${webPort}/`);
    for (const text of [squid.daemon.output, stranger.daemon.output, body]) {
      expect(text).not.toMatch(/p@s|p%40s|wrong|_LOGIN/i);
    }
  });

  test("nothing goes past a proxy that is gone", async () => {
    await parent.stop("SIGKILL");
    expect((await squid.get(`http://public.test:${webPort}/`)).status).toBe(503);
    expect(await squid.connect("gone.test:443")).toBe(503);
    expect(saw).toEqual({});
    expect((await squid.get(`http://wiki.corp.test:${webPort}/`)).status).toBe(200);
  });
});
