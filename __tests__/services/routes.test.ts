import { nginxConfiguration, type NginxOptions } from "../../modules/dify-common/nginx";
import { oldest, type Release, releases } from "../../modules/dify-common/releases";
import { ask, Edge, send } from "./nginx";
import { describeWith, tools } from "./require";

/** The oldest release of every distinct route table. */
const tables: readonly Release[] = [
  ...new Map(releases.map((release) => [JSON.stringify(release.routes), release])).values(),
].reverse();

describe("nginxConfiguration", () => {
  const options: NginxOptions = {
    routes: oldest.routes,
    upstream: (component, port) => `dify-${component.replace("_", "-")}.dify.svc.cluster.local:${port}`,
    uploadLimitMb: 100,
    pluginUploadLimitMb: 180,
    limits: { keepAliveSeconds: 620 },
    clients: { trustedProxies: ["130.211.0.0/22", "${TfToken[TOKEN.7]}/32"] },
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
    expect(wrong({ clients: { trustedProxies: ["10.0.0.0/8; deny all"] } })).toThrow(/trustedProxies/);
    expect(wrong({ clients: { trustedProxies: [], publicUrls: ["https://a;b"] } })).toThrow(/publicUrls/);
    expect(wrong({ upstream: () => "api:1 }" })).toThrow(/upstream/);
    expect(wrong({ resolver: "a;b" })).toThrow(/resolver/);
    expect(wrong({ marketplaceUrl: "http://marketplace.dify.ai" })).toThrow(/https/);
    expect(wrong({ uploadLimitMb: 0 })).toThrow(/uploadLimitMb/);
    expect(wrong({ routes: [{ path: "/a b", match: "prefix", component: "web", port: 1 }] })).toThrow(/route/);
  });
});

describeWith([tools.nginx], "a real nginx", () => {
  describe.each(tables)("with the routes of $version", ({ routes }) => {
    /** Where a path goes that is the web front end's in releases without a route for it. */
    const owner = (path: string): string => routes.find((route) => route.path === path)?.component ?? "web";
    const edge = new Edge();
    let port: number;

    beforeAll(async () => {
      await edge.start();
      ({ port } = await edge.nginx({ routes }));
    });

    afterAll(async () => {
      await edge.stop();
    });

    test.each(routes.filter((route) => route.component !== "marketplace"))(
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
      ["/console", "web"],
      ["/inner/api/invoke", "web"],
      ["/health", "api"],
      ["/healthy", "web"],
      ["/install", "web"],
      ["/files/a%20b?sign=%2B%2F", "api"],
      ["/triggers/plugin/x", owner("/triggers")],
      ["/openapi/x", owner("/openapi")],
      ["/socket.io/?EIO=4&transport=polling", owner("/socket.io/")],
    ])("%s goes to %s, unchanged", async (url, component) => {
      const { component: reached, url: passed } = await ask(port, url);
      expect([reached, passed]).toEqual([component, url]);
    });

    test("/e goes to /e/ of the same host and port", async () => {
      const { status, headers } = await send({ port, path: "/e" });
      expect([status, headers.location]).toEqual([301, "/e/"]);
    });

    test("the marketplace's API is not reached unless it is asked for; where there is no route, the page is the web's", async () => {
      const { status, body } = await send({ port, path: "/marketplace/api/v1/plugins" });
      if (owner("/marketplace") === "marketplace") expect(status).toBe(404);
      else expect([status, body]).toEqual([200, expect.stringContaining('"web"')]);
    });
  });
});
