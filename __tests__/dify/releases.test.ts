import { imageOf } from "../../modules/dify-common/components/image";
import { type ComponentName, resolveRelease } from "../../modules/dify-common/releases";
import type { DifySettings } from "../../modules/dify-common";
import reference from "../fixtures/dify-releases.json";
import { containerOf, get, podSpecs, synthesize } from "./synthesize";

const MIRROR = /^us-central1-docker\.pkg\.dev\/demo-project\/[a-z0-9-]+\/(library\/)?/;

describe.each(["1.8.1", "1.16.1"] as const)("release %s against the reference", (version) => {
  const expected = reference.releases[version];
  const { application } = synthesize({ application_version: version });

  test.each(Object.entries<string>(expected.images))("%s runs %s", (component, image) => {
    const container = containerOf(application, component.replaceAll("_", "-"));
    const [repository, tag] = container.image.replace(MIRROR, "").split(":");
    const [expectedRepository, expectedTag] = image.split(":");
    expect(repository).toBe(expectedRepository);
    // Floating tags are the ones that had to be replaced by a fixed one.
    if (expectedTag === "latest") expect(tag).toMatch(/^\d/);
    else expect(tag).toBe(expectedTag);
  });

  test("has no component beside the reference's", () => {
    const names = Object.values(podSpecs(application))
      .flatMap((pod) => pod.container.map(({ name }) => name))
      .filter((name) => !["cloud-sql-proxy", "db-init"].includes(name));
    expect(names.sort()).toEqual(
      Object.keys(expected.images)
        .map((name) => name.replaceAll("_", "-"))
        .sort(),
    );
  });

  test.each(Object.entries(reference.components))("%s listens where the reference says", (name, component) => {
    if (!(name in expected.images)) return;
    const ports = (containerOf(application, name.replaceAll("_", "-")).port ?? []).map((port) => port.container_port);
    const wanted = "ports" in component ? Object.values(component.ports) : "port" in component ? [component.port] : [];
    // nginx runs without root, so not on 80 in its container: its Service does.
    const inContainer = name === "proxy" ? [8080] : wanted.filter((port) => port !== null);
    // Of squid one for the agents' shells, which upstream gives a squid of their own.
    const others = name === "ssrf_proxy" && "agent_backend" in expected.images ? [3129] : [];
    expect(ports).toEqual([...inContainer, ...others]);
  });

  test("routes are exactly the reference's", () => {
    const { routes } = resolveRelease(version).release;
    const table = Object.fromEntries(routes.map(({ path, component, port }) => [path, [component, port]]));
    const wanted = Object.fromEntries(
      Object.entries<string>(expected.routes).map(([path, target]) => {
        const [, component, port] = /^(\w+):(\d+)/.exec(target) ?? [];
        return [path, component === undefined ? ["marketplace", 443] : [component, Number(port)]];
      }),
    );
    expect(table).toEqual(wanted);
  });
});

test("the entry point's Service is on port 80", () => {
  const { resource } = synthesize().application;
  const service = resource.kubernetes_service_v1?.app_workload_proxy_service_service;
  expect(get<{ port: number; target_port: string }[]>(service, "spec.port")).toEqual([
    expect.objectContaining({ port: 80, target_port: "8080" }),
  ]);
});

test("tags can be chosen for single components, and the API's counts for its four processes", () => {
  const settings = {
    imageTags: { api: "1.16.2", proxy: "1.30" },
    release: resolveRelease(null),
  } as unknown as DifySettings;
  const image = (component: ComponentName): string => imageOf(settings, component);
  expect(image("worker")).toBe("langgenius/dify-api:1.16.2");
  expect(image("beat")).toBe("langgenius/dify-api:1.16.2");
  expect(image("web")).toBe("langgenius/dify-web:1.16.1");
  expect(image("proxy")).toBe("nginx:1.30");
});
