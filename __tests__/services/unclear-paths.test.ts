import { Agent } from "node:http";
import fc from "fast-check";
import { freeTextPaths, newest, oldest, type Release, type Route } from "../../modules/dify-common/releases";
import { Edge, type Seen, send } from "./nginx";
import { describeWith, tools } from "./require";

/** What people exempt from sign-in. */
const exempt = ["/v1", "/api/files", "/triggers", "/mcp", "/e", "/chat", "/console/api/workspaces"];
const clear = ["apps", "a.b", "..a", "...", "a%20b", "%41", "x;y", "langgenius", "v1", "%e2%82%ac", "a%3fb"];
const unclear = [
  "..",
  ".",
  "%2e%2e",
  "%2E.",
  ".%2e",
  "%2e",
  "..;",
  "%252e%252e",
  "..%2f",
  "..%5c",
  "..%23",
  "..%3Fa",
  "%25%32%65.",
  "%2%65%2%65",
  "%%32%65",
  "\\",
  "%5C..",
  "%2f",
  "",
  "#",
];
const joints = ["/", "/", "/", "/", "/", "//", "%2f", "%2F", "\\", "%5c", "%252f", "%25%32%66", "%255%63"];

/** Each byte of a path may be sent encoded. */
const encodedPath = (path: string): fc.Arbitrary<string> =>
  fc
    .tuple(...Array.from(path, (letter) => fc.tuple(fc.constant(letter), fc.nat(25))))
    .map((letters) =>
      letters
        .map(([letter, chance]) => (chance === 0 ? `%${letter.charCodeAt(0).toString(16).padStart(2, "0")}` : letter))
        .join(""),
    );

const pathsOf = (routes: readonly Route[]): fc.Arbitrary<string> => {
  const starts = [...new Set([...routes.map(({ path }) => path), ...exempt])];
  const part = fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...clear) },
    { weight: 2, arbitrary: fc.constantFrom(...unclear) },
    { weight: 1, arbitrary: fc.constantFrom(...starts).map((path) => path.slice(1)) },
  );
  return fc
    .tuple(
      fc.constantFrom("", "", "", "", "/", "/.", "/%2e"),
      fc.constantFrom(...starts).chain((path) => fc.oneof(fc.constant(path), encodedPath(path))),
      fc.array(fc.tuple(fc.constantFrom(...joints), part), { maxLength: 3 }),
    )
    .map(([before, start, parts]) => before + start + parts.map((two) => two.join("")).join(""))
    .filter((path) => path.startsWith("/"));
};

/** As the load balancer chooses: whole parts of the path as it was sent. */
const isBelow = (path: string, start: string): boolean =>
  path === start || path.startsWith(start.endsWith("/") ? start : `${start}/`);

/** As nginx would choose if it read the path as it was sent. */
function leadsTo(path: string, routes: readonly Route[]): string | undefined {
  return routes
    .filter((route) => (route.match === "exact" ? path === route.path : path.startsWith(route.path)))
    .toSorted((a, b) => b.path.length - a.path.length)[0]?.component;
}

/** Every way in which somebody may read it: decoded up to three times, with either slash, without dot segments. */
function readings(path: string): string[] {
  const result = [path];
  for (let times = 0; times < 3; times++) {
    const last = result.at(-1) ?? "";
    result.push(last.replace(/%([0-9a-f]{2})/gi, (_, code: string) => String.fromCharCode(parseInt(code, 16))));
  }
  return result.map((one) => new URL(`http://dify${one.replace(/\\/g, "/").replace(/[?#].*/s, "")}`).pathname);
}

describeWith([tools.nginx], "a real nginx", () => {
  const edge = new Edge();
  const agent = new Agent({ keepAlive: true, maxSockets: 4 });
  let port: number;

  beforeAll(async () => {
    await edge.start();
    ({ port } = await edge.nginx({ routes: newest.routes }));
  });

  afterAll(async () => {
    agent.destroy();
    await edge.stop();
  });

  test.each<[string, Release, number]>([
    ["newest", newest, 3000],
    ["oldest", oldest, 1000],
  ])(
    "takes no path of %s to where it does not lead as it was sent",
    async (_, { routes }, numRuns) => {
      const { port: own, daemon } = await edge.nginx({ routes });
      const paths = fc.sample(pathsOf(routes), { numRuns, seed: 20261125 });
      const counts = { passed: 0, refused: 0 };
      const wrong: string[] = [];
      for (let from = 0; from < paths.length; from += 50) {
        await Promise.all(
          paths.slice(from, from + 50).map(async (path) => {
            const { status, body } = await send({ port: own, path, agent });
            if (status === 400) counts.refused++;
            if (status !== 200) return;
            counts.passed++;
            const { component, url } = JSON.parse(body) as Seen;
            if (url !== path || component !== leadsTo(path, routes)) wrong.push(`${path}: ${component} got ${url}`);
            for (const start of [...exempt, ...freeTextPaths])
              if (isBelow(path, start) && !readings(path).every((one) => isBelow(one, start)))
                wrong.push(`${path}: somebody may read it as something that is not below ${start}`);
          }),
        );
      }
      expect(wrong).toEqual([]);
      // Both happen often, or this shows nothing.
      expect(Math.min(counts.passed, counts.refused)).toBeGreaterThan(numRuns / 6);
      await daemon.stop();
    },
    // Three seconds, while nothing else runs.
    240_000,
  );

  test.each([
    "/v1/..%2fapps",
    "/v1/%2e%2e/apps",
    "/v1/..\\apps",
    "/mcp/..%5capps",
    "/v1/..",
    "/v1/.?x",
    "/files/..;/apps",
    "/v1/%252e%252e/apps",
    "/v1/%25%32%65%25%32%65/apps",
    "/v1/..%23/apps",
    "/v1/..%3fapps",
    "/v1%25%32%66apps",
    "/v1%2fapps",
    "/files/a%2Fb",
    "/%76%31/apps",
    "//console/api/apps",
    "/console%2fapi/apps",
    "/console/api/..%2f..%2fapps",
    "/v1#/../apps",
    "/v1#x",
  ])("refuses %s", async (path) => {
    expect((await send({ port, path, method: "POST" })).status).toBe(400);
  });

  test("passes what is clear, or what Dify's console sends", async () => {
    for (const [path, component] of [
      ["/console/api/workspaces/current/model-providers/langgenius%2Fopenai%2Fopenai/models", "api"],
      ["/console/api/workspaces/current/tool-provider/builtin/a%2Fb/icon?x=../..%2f", "api"],
      ["/files/a%20b..c?sign=..%2F%5C", "api"],
      ["/.well-known/change-password", "web"],
      ["/apps//x", "web"],
      ["/v1?x=/../", "api"],
      ["http://dify.example/v1/x", "api"],
    ] as const) {
      const { status, body } = await send({ port, path, agent });
      expect([path, status, status === 200 && (JSON.parse(body) as Seen).component]).toEqual([path, 200, component]);
    }
  });

  test("upgrades to WebSocket only", async () => {
    const headers = { Connection: "Upgrade, HTTP2-Settings", Upgrade: "h2c", "HTTP2-Settings": "AAMAAABkAARAAAAA" };
    const { body } = await send({ port, path: "/socket.io/?EIO=4", headers });
    const seen = JSON.parse(body) as Seen;
    expect([seen.component, seen.headers.upgrade, seen.headers.connection]).toEqual([
      "api_websocket",
      undefined,
      "close",
    ]);
  });
});
