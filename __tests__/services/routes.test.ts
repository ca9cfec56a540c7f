import { nginxConfiguration, type NginxOptions } from "../../modules/dify-common/nginx";
import { routesFor, type RoutesOf } from "../../modules/dify-common/routes";
import { ask, Edge, send } from "./nginx";
import { describeWith, tools } from "./require";

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

describeWith([tools.nginx], "a real nginx", () => {
  describe.each(releases)("with the routes of %s", (release) => {
    const edge = new Edge();
    let port: number;

    beforeAll(async () => {
      await edge.start();
      ({ port } = await edge.nginx({ routes: routesFor(release) }));
    });

    afterAll(async () => {
      await edge.stop();
    });

    test.each(routesFor(release).filter((route) => route.component !== "marketplace"))(
      "$path goes to $component",
      async (route) => {
        const below = `${route.path.replace(/\/$/, "")}/some/thing?q=1&r=%2F`;
        const exact = await ask(port, route.path);
        expect([exact.component, exact.url]).toEqual([route.component, route.path]);
        const deeper = await ask(port, below);
        expect([deeper.component, deeper.url]).toEqual([route.component, below]);
        expect((await ask(port, route.path, { method: "POST" })).component).toBe(route.component);
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
      const { component: reached, url: passed } = await ask(port, url);
      expect([reached, passed]).toEqual([component, url]);
    });

    test("/e goes to /e/ of the same host and port", async () => {
      const { status, headers } = await send({ port, path: "/e" });
      expect([status, headers.location]).toEqual([301, "/e/"]);
    });

    test("there is no marketplace unless it is asked for", async () => {
      expect((await send({ port, path: "/marketplace/api/v1/plugins" })).status).toBe(404);
    });
  });
});
