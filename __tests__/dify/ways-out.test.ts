import type { Component } from "../../modules/app-gke/application-config";
import { difyOf } from "../../modules/dify-gke/dify";
import { variablesOf } from "../terraform/synth";
import { topologies } from "./topologies";
import { componentsOf, filesIn, testBindings, variablesIn } from "./components";

describe("requests that users can influence", () => {
  test.each(topologies)("go through squid to all that NO_PROXY names, too: %s", (application_version) => {
    // httpx 0.28 with a proxy for each scheme (`mounts`) goes past it to what NO_PROXY names; with one for all it does not.
    const variables = componentsOf({
      application_version,
      environment_variables: { NO_PROXY: ".svc.cluster.local,169.254.169.254" },
    })
      .filter(({ name }) => ["api", "worker", "beat", "api-websocket"].includes(name))
      .map(variablesIn);
    expect(variables.length).toBeGreaterThan(2);
    for (const { SSRF_PROXY_ALL_URL, SSRF_PROXY_HTTP_URL, SSRF_PROXY_HTTPS_URL, NO_PROXY } of variables) {
      expect(NO_PROXY).toContain("169.254.169.254");
      expect([SSRF_PROXY_ALL_URL, SSRF_PROXY_HTTP_URL, SSRF_PROXY_HTTPS_URL]).toEqual(
        Array(3).fill("http://ssrf-proxy.test:3128"),
      );
    }
  });
});

describe("a company's proxy", () => {
  const given = {
    application_version: "1.16.1",
    enable_marketplace: false,
    outbound_proxy: {
      host: "proxy.corp.example",
      port: 8080,
      user: "us er",
      password_secret: "Proxy_Password",
      no_proxy: [".corp.example", "10.20.8.0/30", "10.21.0.0/16"],
    },
    environment_variables: {
      VECTOR_STORE: "qdrant",
      QDRANT_URL: "http://10.0.5.5:6333",
      SMTP_SERVER: "mail.example.com",
    },
    additional_egress: [{ components: ["plugin-daemon"], cidr: "10.20.9.5/32", ports: [443] }],
    additional_services: [{ name: "tika", image: "apache/tika:2.9.2.1", port: 9998 }],
  };
  const dify = difyOf(variablesOf(given));
  const named = (name: string): Component => {
    const found = dify.components.find((component) => component.name === name);
    if (!found) throw new Error(`There is no ${name}`);
    return found;
  };

  test("what goes out by itself goes to squid, and nothing else does", () => {
    const clients = dify.components.filter((one) => variablesIn(one).HTTPS_PROXY === "http://ssrf-proxy.test:3128");
    expect(clients.map(({ name }) => name)).toEqual(["api", "worker", "beat", "api-websocket", "plugin-daemon"]);
    for (const client of clients) {
      expect(client.talksTo).toContain("ssrf-proxy");
      expect(variablesIn(client)).toMatchObject({ HTTP_PROXY: "http://ssrf-proxy.test:3128" });
      // gRPC reads these, and knows no end of a name without one before it.
      for (const name of ["http_proxy", "https_proxy", "ALL_PROXY"])
        expect(variablesIn(client)).not.toHaveProperty(name);
    }
  });

  test("what is inside is reached directly, as every client reads it", () => {
    const direct = (name: string) => variablesIn(named(name)).NO_PROXY?.split(",");
    const all = ["localhost", "127.0.0.1", "metadata.google.internal", "169.254.169.254", ".googleapis.com"];
    // Most clients know no ranges.
    const small = ["10.20.8.0/30", "10.20.8.0", "10.20.8.1", "10.20.8.2", "10.20.8.3"];
    const own = [".corp.example", ...small, "10.21.0.0/16", "10.20.9.5"];
    // Extensions by API go directly to all that is named.
    const components = ["sandbox", "ssrf-proxy", "plugin-daemon", "agent-backend", "api"].map((name) => `${name}.test`);
    expect(direct("api")).toEqual([...all, ...components, "10.0.5.5", ...own]);
    expect(direct("plugin-daemon")).toEqual([...all, ".svc", ".svc.cluster.local", ...own]);
  });

  test("nobody but squid knows it, and no file has its password", () => {
    for (const component of dify.components) {
      const text = JSON.stringify([variablesIn(component), filesIn(component), component.command]);
      expect([component.name, text.includes("proxy.corp.example:8080")]).toEqual([component.name, false]);
      expect([component.name, /cache_peer proxy\.corp\.example parent 8080 /.test(text)]).toEqual([
        component.name,
        component.name === "ssrf-proxy",
      ]);
    }
    expect(named("ssrf-proxy").secrets).toEqual({ OUTBOUND_PROXY_LOGIN: "outbound-proxy-login" });
    expect(filesIn(named("ssrf-proxy"))["/etc/squid/squid.conf"]).toContain("include /tmp/parent.conf\n");
    const login = dify.composedSecrets.find(({ name }) => name === "outbound-proxy-login");
    expect(login?.from).toEqual(["secret-proxy-password"]);
    expect(login?.value(testBindings, (name) => `\${ephemeral.${name}}`)).toBe(
      'us%20er:${replace(urlencode(ephemeral.secret-proxy-password), "+", "%20")}',
    );
  });

  test("the user's own word wins", () => {
    const [api] = componentsOf({ ...given, environment_variables: { HTTPS_PROXY: "http://10.0.0.9:3128" } });
    expect(api && variablesIn(api)).toMatchObject({
      HTTPS_PROXY: "http://10.0.0.9:3128",
      HTTP_PROXY: "http://ssrf-proxy.test:3128",
    });
  });

  test("one that asks for no password stands in the configuration", () => {
    const squid = componentsOf({ ...given, outbound_proxy: { host: "10.20.0.8" } }).find(
      ({ name }) => name === "ssrf-proxy",
    );
    expect(squid?.command).toEqual(["squid", "-N", "-f", "/etc/squid/squid.conf"]);
    expect(squid && filesIn(squid)["/etc/squid/squid.conf"]).toContain("cache_peer 10.20.0.8 parent 3128 0 ");
    expect(squid?.secrets).toEqual({});
  });
});
