import { type ComponentName, facts, releases } from "../../modules/dify-common/releases";
import { componentsOf } from "./components";

describe.each(releases)("release $version", ({ version, images, routes }) => {
  const components = componentsOf({ application_version: version });
  const named = new Map(components.map((component) => [component.name.replaceAll("-", "_"), component]));

  test("has every component that the catalogue gives it, in its image, and no other", () => {
    expect(Object.fromEntries(components.map(({ name, image }) => [name.replaceAll("-", "_"), image]))).toEqual(images);
  });

  test("listens where its routes go", () => {
    for (const { path, component, port } of routes) {
      if (component === "marketplace") continue;
      const ports = (named.get(component)?.ports ?? []).map(({ containerPort }) => containerPort);
      expect([path, ports.includes(port)]).toEqual([path, true]);
      expect(facts.components[component as ComponentName].port).toBe(port);
    }
  });
});
