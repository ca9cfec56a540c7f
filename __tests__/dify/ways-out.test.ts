import { componentsOf, variablesIn } from "./components";

describe("requests that users can influence", () => {
  test.each(["1.16.1", "1.8.1"])("go through squid to all that NO_PROXY names, too: %s", (application_version) => {
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
