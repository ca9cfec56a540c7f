import { createServer, type Server } from "node:http";
import { squidConfiguration } from "../../modules/dify-common/ssrf-proxy";
import { componentsOf, filesIn } from "../dify/components";
import { freePort, removeDirectory, stopDaemons, temporaryDirectory } from "./processes";
import { describeWith, tools } from "./require";
import { removeSharedMemory, type Squid, startSquid } from "./squid";

const API = "dify-api.dify.svc.cluster.local";
const BACK_END = "dify-agent-backend.dify.svc.cluster.local";

/** What a server saw: `POST /files/upload?sign=x`. */
let seen: string[] = [];

/** A server that stands in for one inside. @returns it and its port */
async function serverOf(name: string): Promise<[Server, number]> {
  const server = createServer((incoming, outgoing) => {
    seen.push(`${incoming.method ?? ""} ${incoming.url ?? ""}`);
    outgoing.end(name);
  });
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const address = server.address();
  return [server, typeof address === "object" && address !== null ? address.port : 0];
}

describe("the configuration made for a release", () => {
  test("lets what the agents need in, on a port of their own, where the release has agents", () => {
    const [current, old] = ["1.16.0", "1.15.0"].map((version) => {
      const squid = componentsOf({ application_version: version }).find(({ name }) => name === "ssrf-proxy");
      return squid && filesIn(squid)["/etc/squid/squid.conf"];
    });
    expect(current).toContain("http_port 3129 name=inside");
    expect(current).toMatch(/^acl inside_host_0 dstdomain -n api\.test$/m);
    expect(current).toMatch(/^acl inside_port_0 port 5001$/m);
    expect(current).toMatch(/^acl inside_path_0 urlpath_regex \^\/files\/$/m);
    expect(current).toMatch(/^acl inside_host_1 dstdomain -n agent-backend\.test$/m);
    expect(current).toMatch(/^acl inside_port_1 port 5050$/m);
    expect(current).toMatch(/^acl inside_path_1 urlpath_regex \^\/agent-stub\/$/m);
    expect(old).not.toMatch(/name=inside|acl inside/);
  });

  test("holds nothing that Terraform would replace, and no path that would write configuration", () => {
    const servers = [{ host: API, port: 5001, path: "/files/" }];
    const text = squidConfiguration({ allowedHosts: [], inside: { port: 3129, servers } });
    expect(text).not.toMatch(/[$%]\{/);
    expect(() =>
      squidConfiguration({
        allowedHosts: [],
        inside: { port: 1, servers: [{ host: API, port: 1, path: "/ x\nhttp_access allow all" }] },
      }),
    ).toThrow(/path/);
  });
});

describeWith([tools.squid], "a real squid for the agents' shells", () => {
  let directory: string;
  let squid: Squid;
  let inside: number;
  let servers: Server[];
  let api: number;
  let backEnd: number;

  beforeAll(async () => {
    directory = temporaryDirectory("squid-agents");
    const [[apiServer, apiPort], [backEndServer, backEndPort]] = await Promise.all([serverOf("api"), serverOf("stub")]);
    servers = [apiServer, backEndServer];
    [api, backEnd] = [apiPort, backEndPort];
    inside = await freePort();
    squid = await startSquid(
      directory,
      { [API]: "127.0.0.1", [BACK_END]: "127.0.0.1", "dify-redis.dify.svc.cluster.local": "127.0.0.1" },
      {
        inside: {
          port: inside,
          servers: [
            { host: API, port: api, path: "/files/" },
            { host: BACK_END, port: backEnd, path: "/agent-stub/" },
          ],
        },
      },
    );
  });

  beforeEach(() => {
    seen = [];
  });

  afterAll(async () => {
    await stopDaemons("SIGKILL");
    for (const server of servers) server.close();
    removeDirectory(directory);
    removeSharedMemory();
  });

  test("starts without complaint", () => {
    const complaints = squid.daemon.output.split("\n").filter((line) => /WARNING|ERROR|FATAL/.test(line));
    expect(complaints.filter((line) => !line.includes("HTTP requires the use of Via"))).toEqual([]);
  });

  test("a signed address is had and written to, with its query as it is", async () => {
    const sign = "timestamp=1&nonce=0b&sign=x%2Fy%2F%2Bz%2F%2F%3D";
    const read = await squid.get(`http://${API}:${api}/files/0b/file-preview?${sign}`, { port: inside });
    expect(read).toMatchObject({ status: 200, body: "api" });
    const url = `http://${API}:${api}/files/upload/for-plugin?${sign}`;
    expect(await squid.get(url, { port: inside, method: "POST", body: "content" })).toMatchObject({ status: 200 });
    expect(seen).toEqual([`GET /files/0b/file-preview?${sign}`, `POST /files/upload/for-plugin?${sign}`]);
  });

  test("the agent back end's stub is reached with every method that its client uses", async () => {
    for (const method of ["GET", "POST", "PUT", "PATCH"]) {
      const url = `http://${BACK_END}:${backEnd}/agent-stub/config/env`;
      expect(await squid.get(url, { port: inside, method })).toMatchObject({ status: 200, body: "stub" });
    }
  });

  test("names with dots in them are no tricks", async () => {
    for (const path of ["/files/a..b/c.tar.gz", "/files/.hidden/x", "/files/...", "/files/x%20y", "/files/x?y=a//b"]) {
      expect([path, (await squid.get(`http://${API}:${api}${path}`, { port: inside })).status]).toEqual([path, 200]);
    }
  });

  test.each([
    ...["/", "/files", "/filesx/", "/console/api/setup", "/inner/api/x", "/agent-stub/connections", "/FILES/x"],
    ...["//files/x", "/x/files/", "/?/files/", "/console/api?x=/files/", "/%2ffiles/x", "/%3f/files/x"],
    ...["/files/../inner/api/x", "/files/%2e%2e/inner/api/x", "/files/%2E./inner/x", "/files/.%2e/inner/x"],
    ...["/files/..%2finner/x", "/files/..%5cinner", "/files/..\\inner", "/files/x/..", "/files/./x", "/files//x"],
    ...["/files/x/..?y", "/files/..;/inner/x", "/files/%3f/../inner/x", "/files/x%3f/%2e%2e/inner", "/files/%00/../x"],
    ...["/files/%5c..%5cinner", "/files/%2e%2e;x=1/inner", "/files/%2f/inner", "/files/#/../inner"],
  ])("%s of the API is refused", async (path) => {
    expect((await squid.get(`http://${API}:${api}${path}`, { port: inside })).status).toBe(403);
    expect(seen).toEqual([]);
  });

  test.each(["/", "/runs", "/agent-stub", "/agent-stub/../runs", "/agent-stub/%2e%2e/runs", "/files/x", "/docs"])(
    "%s of the agent back end is refused",
    async (path) => {
      expect((await squid.get(`http://${BACK_END}:${backEnd}${path}`, { port: inside })).status).toBe(403);
      expect(seen).toEqual([]);
    },
  );

  test("each path belongs to one server, each server to one port and one name", async () => {
    for (const url of [
      `http://${API}:${backEnd}/files/x`,
      `http://${BACK_END}:${api}/agent-stub/x`,
      `http://${API}/files/x`,
      `http://${API}:22/files/x`,
      `https://${API}/files/x`,
      `http://127.0.0.1:${api}/files/x`,
      `http://dify-redis.dify.svc.cluster.local:${api}/files/x`,
      `http://x.${API}:${api}/files/x`,
      `http://${API}:${api}@127.0.0.1:${api}/files/x`,
    ]) {
      expect([url, (await squid.get(url, { port: inside })).status]).toEqual([url, 403]);
    }
    expect(seen).toEqual([]);
  });

  test("there is no tunnel to either", async () => {
    for (const authority of [`${API}:${api}`, `${API}:443`, `${BACK_END}:${backEnd}`, `127.0.0.1:${api}`]) {
      expect([authority, await squid.connect(authority, inside)]).toEqual([authority, 403]);
    }
  });

  test("on the port of everybody else both are refused", async () => {
    expect((await squid.get(`http://${API}:${api}/files/x`)).status).toBe(403);
    expect((await squid.get(`http://${BACK_END}:${backEnd}/agent-stub/x`)).status).toBe(403);
    expect(seen).toEqual([]);
  });

  test("everything else is on the agents' port as on the other: the internet, and nothing inside", async () => {
    // Attempted and not refused: the connection itself fails, because it is bound to the loopback.
    expect((await squid.get("http://93.184.216.34/", { port: inside })).status).toBe(503);
    expect(await squid.connect("93.184.216.34:443", inside)).toBe(503);
    for (const host of ["10.0.0.1", "169.254.169.254", "metadata.google.internal", "localhost"]) {
      expect([host, (await squid.get(`http://${host}/files/x`, { port: inside })).status]).toEqual([host, 403]);
    }
  });
});
