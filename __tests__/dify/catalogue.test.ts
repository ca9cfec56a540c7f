import {
  compareVersions,
  componentNames,
  facts,
  knownVariables,
  oldest,
  newest,
  placeVersion,
  releases,
  resolveRelease,
} from "../../modules/dify-common/releases";
import type { ComponentName } from "../../modules/dify-common/releases";
import catalogue from "../fixtures/dify-catalogue.json";
import environment from "../fixtures/dify-environment.json";

interface Facts {
  readonly date: string;
  readonly images: Readonly<Record<string, string>>;
  readonly routes: Readonly<Record<string, string>>;
  readonly api_image_user: string | null;
}
const reference: readonly (readonly [string, Facts])[] = Object.entries(catalogue.releases);

/** A version that no release has reached. */
const LATER = `${Number(newest.version.split(".")[0]) + 1}.0.0`;

test("every release of the reference is in the catalogue, and others are newer", () => {
  const versions = facts.releases.map(({ version }) => version);
  expect(versions.slice(0, reference.length)).toEqual(reference.map(([version]) => version));
  expect([oldest.version, newest.version]).toEqual([versions[0], versions.at(-1)]);
  expect([...versions].sort(compareVersions)).toEqual(versions);
});

describe.each(reference)("release %s", (version, expected) => {
  const { release } = resolveRelease(version);

  test("has the images that its compose file names", () => {
    const { ssrf_proxy: squid, proxy: nginx, ...images } = release.images;
    const named = Object.fromEntries(
      Object.entries(expected.images).map(([name, image]) => [name === "worker_beat" ? "beat" : name, image]),
    );
    // The process is in the image already; upstream's compose starts it one release later.
    if (version === "1.14.0") named.api_websocket = "langgenius/dify-api:1.14.0";
    expect(images).toEqual(named);
    // Floating tags upstream, which may be anything tomorrow.
    expect([squid, nginx]).toEqual([
      expect.stringMatching(/^ubuntu\/squid:\d/) as string,
      expect.stringMatching(/^nginx:\d/) as string,
    ]);
  });

  test("has the routes of its nginx", () => {
    const table = Object.fromEntries(release.routes.map(({ path, component, port }) => [path, `${component}:${port}`]));
    const wanted: Record<string, string> = { ...expected.routes };
    // Upstream's is an option from 1.14.1 on, and one of the API's own in 1.14.0.
    if ("api_websocket" in release.images) wanted["/socket.io/"] = "api_websocket:5001";
    // Documented, though no route of upstream's; a page of the web front end from 1.15.0 on.
    if (expected.date < "2026-06") wanted["/marketplace"] = "marketplace:443";
    expect(table).toEqual(wanted);
  });

  test("has its API image's user and its day", () => {
    expect(release.apiImageUser).toBe(expected.api_image_user === null ? 0 : 1001);
    expect(facts.releases.find((candidate) => candidate.version === version)?.date).toBe(expected.date);
  });

  test("says which variables each component reads", () => {
    for (const component of componentNames) {
      const known = knownVariables(version, component);
      expect([component, known !== undefined]).toEqual([
        component,
        component in release.images && !["ssrf_proxy", "proxy"].includes(component),
      ]);
      for (const name of known?.perhaps ?? []) expect([component, known?.read.has(name)]).toEqual([component, false]);
    }
  });
});

describe("variables", () => {
  const lists = Object.entries(environment.releases).flatMap(([version, components]) =>
    Object.entries(components).map(([component, list]) => [version, component, list] as const),
  );

  test.each(lists)("of %s, %s are those of its source, each with its default", (version, component, list) => {
    const known = knownVariables(version, component as ComponentName);
    expect(Object.fromEntries([...(known?.read ?? [])].sort())).toEqual(
      Object.fromEntries(Object.entries(list as Record<string, unknown>).sort()),
    );
    expect([...(known?.perhaps ?? [])]).toEqual([]);
    expect(known?.complete).toBe(true);
  });

  test.each(Object.entries(facts.variables))("of %s: what is added is new, what is removed was there", (_, changes) => {
    const there = new Set<string>();
    for (const { version, added = {}, removed = [], defaults = {} } of changes) {
      for (const name of Object.keys(added)) expect([version, name, there.has(name)]).toEqual([version, name, false]);
      for (const name of Object.keys(added)) there.add(name);
      for (const name of [...removed, ...Object.keys(defaults)])
        expect([version, name, there.has(name)]).toEqual([version, name, true]);
      for (const name of removed) there.delete(name);
    }
  });

  test.each(Object.entries(facts.variables))(
    "of %s: every release says what changed, if only that nothing did",
    (name, changes) => {
      const component = name as keyof typeof facts.variables;
      if (facts.releases.some(({ tags }) => tags[component] !== undefined)) return;
      const versions = facts.releases.map(({ version }) => version);
      const since = versions.indexOf(facts.components[component].since);
      expect(changes.map(({ version }) => version)).toEqual(versions.slice(since));
    },
  );

  test("follow every public change", () => {
    for (const [version, { api_variables: api }] of Object.entries(catalogue.releases)) {
      if (typeof api === "string") continue;
      const known = knownVariables(version, "worker");
      for (const [name, value] of Object.entries(api.added))
        expect([name, known?.read.get(name)]).toEqual([name, value]);
      for (const name of api.removed) expect([name, known?.read.has(name)]).toEqual([name, false]);
      for (const [name, [, now]] of Object.entries<readonly unknown[]>(api.default_changed))
        expect([name, known?.read.get(name)]).toEqual([name, now]);
    }
  });

  test("of the plugin daemon and the sandbox are known at every version that a release pins", () => {
    for (const { tags } of facts.releases) {
      for (const [component, tag] of Object.entries(tags)) {
        const versions = facts.variables[component as "sandbox"].map(({ version }) => version);
        expect(versions).toContain(tag.replace(/-local$/, ""));
      }
    }
  });

  test("of a fix are its release's; of a version between or after the known ones nobody says that it is all", () => {
    expect(knownVariables("1.16.1-fix.1", "api")).toEqual(knownVariables("1.16.1", "api"));
    expect(knownVariables("1.11.5", "api")?.perhaps).toContain("ENABLE_TRIAL_APP");
    expect(knownVariables("1.11.5", "api")?.complete).toBe(false);
    expect(knownVariables(LATER, "api")?.complete).toBe(false);
    expect(knownVariables("1.12.1", "api")?.read.has("PUBSUB_REDIS_URL")).toBe(false);
    expect(knownVariables("1.12.0", "api")?.read.has("PUBSUB_REDIS_URL")).toBe(true);
  });

  test("follow the tag that a component was given", () => {
    expect(knownVariables("1.8.1", "plugin_daemon", "0.5.3-local")?.read.has("SERVER_HOST")).toBe(true);
    expect(knownVariables("1.8.1", "plugin_daemon")?.read.has("SERVER_HOST")).toBe(false);
    expect(knownVariables("1.8.1", "web", "1.11.1")?.read.has("AMPLITUDE_API_KEY")).toBe(true);
    expect(knownVariables("1.16.1", "api", "ours")?.complete).toBe(false);
  });
});

describe("a version", () => {
  test("with a suffix counts as its release, with images of its own", () => {
    for (const [wanted, entry] of [
      ["1.16.1-fix.1", "1.16.1"],
      ["1.16.1-rc.1", "1.16.1"],
      ["1.16.0-rc1", "1.16.0"],
      ["1.10.1-fix.1", "1.10.1-fix.1"],
      ["1.10.1-fix.2", "1.10.1-fix.1"],
      ["1.10.1-rc.1", "1.10.1"],
    ] as const) {
      const { release, version } = resolveRelease(wanted);
      expect([placeVersion(wanted).type, release.version, version]).toEqual(["known", entry, wanted]);
      expect(release.images.api).toBe(`langgenius/dify-api:${wanted}`);
      expect(release.images.sandbox).toBe(resolveRelease(entry).release.images.sandbox);
      expect(Object.keys(release.images)).toEqual(Object.keys(resolveRelease(entry).release.images));
    }
  });

  test("that is not set, and latest, is the newest release", () => {
    for (const wanted of [null, "latest"]) expect(resolveRelease(wanted).version).toBe(newest.version);
  });

  test("newer than all has the newest one's facts", () => {
    for (const wanted of [LATER, `${LATER}-rc.1`]) {
      const { release } = resolveRelease(wanted);
      expect([placeVersion(wanted).type, release.version]).toEqual(["newer", newest.version]);
      expect(release.images.agent_backend).toBe(`langgenius/dify-agent-backend:${wanted}`);
    }
  });

  test("between two has what they agree on", () => {
    const standing = placeVersion("1.11.5");
    expect(standing).toMatchObject({ type: "between", release: { version: "1.11.4" }, newer: { version: "1.12.0" } });
    expect(standing).toMatchObject({ differ: [] });
    expect(resolveRelease("1.11.5").release.images.web).toBe("langgenius/dify-web:1.11.5");
  });

  test("between two that differ says in what", () => {
    const texts = (wanted: string): unknown =>
      (placeVersion(wanted) as { differ?: { text: string }[] }).differ?.map(({ text }) => text);
    expect(texts("1.14.3")).toEqual([
      "plugin_daemon is 0.6.1-local in 1.14.2 and 0.6.3-local in 1.15.0",
      "/marketplace goes to marketplace in 1.14.2 and to the web front end in 1.15.0",
      "/openapi goes to the web front end in 1.14.2 and to api in 1.15.0",
    ]);
    expect(texts("1.15.1")).toEqual([
      "agent_backend is not in 1.15.0, but in 1.16.0",
      "local_sandbox is not in 1.15.0, but in 1.16.0",
    ]);
  });

  test.each([
    ["1.16.01", "1.16.1"],
    ["v1.16.1", "1.16.1"],
    ["1.16", "1.16.1"],
    ["1.16.1.1", "1.16.1"],
    ["1.16.1-acme", "1.16.1"],
    ["1.9", "1.9.2"],
    ["newest", newest.version],
    ["", newest.version],
  ])('"%s" is none; the nearest one is %s', (wanted, nearest) => {
    expect(placeVersion(wanted)).toMatchObject({ type: "malformed", nearest });
  });

  test("older than all is none that is known", () => {
    expect(placeVersion("1.8.0").type).toBe("older");
    expect(placeVersion("0.15.3")).toMatchObject({ type: "older", release: { version: oldest.version } });
  });

  test("of the catalogue is found as itself, and no two have the same one", () => {
    expect(new Set(releases.map(({ version }) => version)).size).toBe(releases.length);
    for (const { version } of releases) expect(resolveRelease(version).release.version).toBe(version);
  });
});
