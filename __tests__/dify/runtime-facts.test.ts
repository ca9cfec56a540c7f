import type { Component } from "../../modules/app-gke/application-config";
import {
  type ComponentName,
  facts,
  imageFacts,
  knownVariables,
  portOf,
  releases,
} from "../../modules/dify-common/releases";
import { componentsOf, sharedFilesPath, variablesIn } from "./components";

/**
 * What each component is given, held against what is known of it at every release: a variable that it does not read, a user
 * that cannot write, a path or a port that nobody answers on. What a release needs and the catalogue lacks fails here too.
 */

/** Read by what a component is made of, or runs, and not by its own source. */
const readByOthers: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  api: {
    GUNICORN_CMD_ARGS: "gunicorn, which its entry point starts",
    HOME: "Python's libraries keep caches below it, and the image's user has none",
  },
  sandbox: { GIN_MODE: "gin, its web framework" },
  "plugin-daemon": {
    GIN_MODE: "gin, its web framework",
    HOME: "plugins, which get its environment, and uv keep caches below it",
  },
  "local-sandbox": {
    HTTP_PROXY: "what runs in a shell: Go's and Python's clients",
    HTTPS_PROXY: "the same",
    NO_PROXY: "the same",
    http_proxy: "curl and wget, which heed no other spelling for plain HTTP",
    https_proxy: "wget",
    no_proxy: "wget",
  },
};
const apiProcesses = ["api", "worker", "beat", "api-websocket"];
const exceptionsOf = (name: string): Readonly<Record<string, string>> =>
  readByOthers[apiProcesses.includes(name) ? "api" : name] ?? {};

/** Ports in addition to the one that answers requests. */
const otherPorts: Readonly<Record<string, readonly number[]>> = {
  // Of plugins under development.
  "plugin-daemon": [5003],
  // For the agents' shells.
  "ssrf-proxy": [3129],
};

const versions = facts.releases.map(({ version }) => version);
const nameOf = (component: Component): ComponentName => component.name.replaceAll("-", "_") as ComponentName;
const tagOf = ({ image }: Component): string => image.slice(image.lastIndexOf(":") + 1);
const below = (path: string, directories: readonly string[]): boolean =>
  directories.some((directory) => path === directory || path.startsWith(directory === "/" ? "/" : `${directory}/`));
const volumesOf = ({ scratch = [], needs }: Component): string[] => [
  ...scratch.map(({ mountPath }) => mountPath),
  ...(needs?.sharedFiles === true ? [sharedFilesPath] : []),
];

test("there are releases", () => {
  expect(releases.length).toBeGreaterThanOrEqual(24);
});

describe.each(versions)("Dify %s", (version) => {
  const components = componentsOf({ application_version: version });

  test("gives no component a variable that it does not read", () => {
    const unread = components.flatMap((component) => {
      const known = knownVariables(version, nameOf(component));
      const names = Object.keys(variablesIn(component));
      if (!known) return names.map((name) => `${component.name}: ${name}, and nothing is known of its variables`);
      if (!known.complete) return [`${component.name}: the catalogue is not sure of ${[...known.perhaps].join(", ")}`];
      const others = exceptionsOf(component.name);
      return names
        .filter((name) => !known.read.has(name) && !(name in others))
        .map((name) => `${component.name}: ${name}`);
    });
    expect(unread).toEqual([]);
  });

  test("runs every image as a user that can write where it writes", () => {
    for (const component of components) {
      const { security, name } = component;
      const known = imageFacts(version, nameOf(component), tagOf(component));
      const user = security?.runAsUser ?? 65534;
      expect([name, user]).toEqual([name, known.runAs ?? known.user]);
      const own = user === known.user && security?.readOnlyRootFilesystem === false ? (known.owns ?? []) : [];
      const values = variablesIn(component);
      const paths = [...known.writes, ...(known.writesIn ?? []).flatMap((variable) => values[variable] ?? [])];
      const cannot = paths.filter((path) => !below(path, [...volumesOf(component), ...own]));
      expect([name, cannot]).toEqual([name, []]);
    }
  });

  test("lets no root file system be written to without need", () => {
    for (const component of components) {
      const { writes } = imageFacts(version, nameOf(component), tagOf(component));
      const needed = writes.some((path) => !below(path, volumesOf(component)));
      expect([component.name, component.security?.readOnlyRootFilesystem === false]).toEqual([component.name, needed]);
    }
  });

  test("asks where somebody answers: the right port, and the path that is there for it", () => {
    for (const component of components) {
      const { name, ports = [], probes = {} } = component;
      const { health } = imageFacts(version, nameOf(component), tagOf(component));
      const open = ports.map(({ containerPort }) => containerPort);
      if (["worker", "beat"].includes(name)) {
        expect([name, open]).toEqual([name, []]);
        continue;
      }
      const own = portOf(nameOf(component));
      const others = open.filter((port) => port !== own);
      expect([name, open[0], others.filter((port) => !otherPorts[name]?.includes(port))]).toEqual([name, own, []]);
      for (const probe of Object.values(probes)) {
        const { check } = probe as NonNullable<(typeof probes)["liveness"]>;
        const tcp = { type: "tcp", port: own };
        const http = { type: "http", path: health, port: own };
        // That somebody listens says enough of what could be full.
        const listens = probe === probes.liveness && ["proxy", "api-websocket"].includes(name);
        expect([name, check]).toEqual([name, health === undefined || listens ? tcp : http]);
      }
    }
  });

  test("starts beat with its schedule in a directory of its pod", () => {
    const { command = [], scratch = [] } = components.find(({ name }) => name === "beat") ?? {};
    expect(command.slice(0, 4)).toEqual(["celery", "-A", "app.celery", "beat"]);
    const schedule = command[command.indexOf("--schedule") + 1] ?? "";
    expect([
      schedule,
      below(
        schedule,
        scratch.map(({ mountPath }) => mountPath),
      ),
    ]).toEqual([schedule, true]);
  });
});

test("every exception is needed", () => {
  const unneeded = Object.entries(readByOthers).flatMap(([name, list]) =>
    Object.keys(list).filter((variable) => {
      const set = versions.some((version) => {
        const component = componentsOf({ application_version: version }).find((candidate) => candidate.name === name);
        return component !== undefined && variable in variablesIn(component);
      });
      const read = versions.some((version) => knownVariables(version, name as ComponentName)?.read.has(variable));
      return !set || read;
    }),
  );
  expect(unneeded).toEqual([]);
});

/** First release that has them: without one, what it is for does not work there, and nothing complains. */
test.each([
  ["api", "DB_TYPE", "1.10.1"],
  ["api", "TRIGGER_URL", "1.10.0"],
  ["worker", "EVENT_BUS_REDIS_URL", "1.13.1"],
  ["beat", "DISABLE_TELEMETRY", "1.16.1"],
  ["api", "AGENT_BACKEND_API_TOKEN", "1.16.1"],
  ["agent-backend", "DIFY_AGENT_API_TOKEN", "1.16.1"],
  ["web", "NEXT_PUBLIC_SOCKET_URL", "1.14.0"],
  ["web", "SERVER_CONSOLE_API_URL", "1.15.0"],
  ["web", "NEXT_PUBLIC_ENABLE_AGENT_V2", "1.16.0"],
  ["plugin-daemon", "PIP_MIRROR_AUTO_DETECT", "1.15.0"],
])("%s has %s from %s on", (name, variable, since) => {
  const having = versions.filter((version) => {
    const component = componentsOf({ application_version: version }).find((candidate) => candidate.name === name);
    return component !== undefined && variable in variablesIn(component);
  });
  expect(having).toEqual(versions.slice(versions.indexOf(since)));
});

test("the user's own variables win: telemetry can be allowed", () => {
  const own = componentsOf({ environment_variables: { DISABLE_TELEMETRY: "false" } });
  for (const component of own.filter(({ name }) => apiProcesses.includes(name)))
    expect(variablesIn(component).DISABLE_TELEMETRY).toBe("false");
});

test("a component follows the tag that it was given", () => {
  const [old, current] = ["0.5.4-local", "0.6.3-local"].map((tag) =>
    componentsOf({ component_image_tags: { plugin_daemon: tag } }).find(({ name }) => name === "plugin-daemon"),
  );
  expect(old && variablesIn(old)).not.toHaveProperty("PIP_MIRROR_AUTO_DETECT");
  expect(current && variablesIn(current)).toHaveProperty("PIP_MIRROR_AUTO_DETECT", "false");
});
