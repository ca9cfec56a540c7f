import { imageReference } from "../../modules/app-gke/workload/image";
import { pinnedDigests } from "../../modules/dify-common/releases/releases";
import { imageOf } from "../../modules/dify-common/components/image";
import { type ComponentName, facts, newest, resolveRelease } from "../../modules/dify-common/releases";
import type { DifySettings } from "../../modules/dify-common";
import reference from "../fixtures/dify-releases.json";
import { containerOf, get, podSpecs, synthesize } from "./synthesize";
import { topologies } from "./topologies";

const MIRROR = /^us-central1-docker\.pkg\.dev\/demo-project\/[a-z0-9-]+\/(library\/)?/;

/** Of a component in the reference. */
interface Ports {
  readonly port?: number | null;
  readonly ports?: Readonly<Record<string, number>>;
}

describe.each(topologies)("release %s", (version) => {
  const { images, routes } = resolveRelease(version).release;
  const { application } = synthesize({ application_version: version });

  test("runs every component in its image, and nothing else", () => {
    const running = Object.values(podSpecs(application))
      .flatMap((pod) => pod.container)
      .filter(({ name }) => !["cloud-sql-proxy", "db-init", "migration"].includes(name))
      .map(({ name, image }) => [name, image.replace(MIRROR, "")]);
    expect(Object.fromEntries(running)).toEqual(
      Object.fromEntries(
        Object.entries(images).map(([name, image]) => [
          name.replaceAll("_", "-"),
          imageReference(image, { digests: pinnedDigests }),
        ]),
      ),
    );
    // A tag that its publisher moves would bring another program at any restart.
    expect(running.filter(([, image]) => /[:_](edge|beta|latest|stable)$/.test(image ?? ""))).toEqual([]);
  });

  test("has its components listen where the catalogue and the reference say", () => {
    for (const name of Object.keys(images) as ComponentName[]) {
      const { port } = facts.components[name];
      // What the reference does not know has one port, as the catalogue says.
      const component = (reference.components as Readonly<Partial<Record<ComponentName, Ports>>>)[name] ?? { port };
      const ports = (containerOf(application, name.replaceAll("_", "-")).port ?? []).map((port) => port.container_port);
      expect([name, ports[0]]).toEqual([name, port]);
      const wanted = component.ports ? Object.values(component.ports) : [component.port];
      // Of squid one for the agents' shells, which upstream gives a squid of their own.
      const others = name === "ssrf_proxy" && "agent_backend" in images ? [3129] : [];
      // nginx runs without root, so not on 80 in its container: its Service does.
      if (name !== "proxy" && name !== "api_websocket")
        expect([name, ports]).toEqual([name, [...wanted.filter((listed) => typeof listed === "number"), ...others]]);
    }
  });

  test("sends every route to a component that it has", () => {
    for (const { path, component } of routes)
      expect([path, component === "marketplace" || component in images]).toEqual([path, true]);
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
  expect(image("web")).toBe(`langgenius/dify-web:${newest.version}`);
  expect(image("proxy")).toBe("nginx:1.30");
});
