import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createServer, request, type Server } from "node:http";
import { join, resolve } from "node:path";
import { secretNames } from "../../modules/dify-common/secrets";
import { difyOf } from "../../modules/dify-gke/dify";
import { testBindings } from "../dify/components";
import { get } from "../dify/synthesize";
import { synth, variablesOf } from "../terraform/synth";
import { nginxPath } from "./nginx";
import { Daemon, freePort, own, removeDirectory, stopDaemons, temporaryDirectory } from "./processes";
import { describeWith, path, tools } from "./require";

const scripts = resolve("scripts/pods");
/** The key of a generation, as long and of the same characters as a real one. */
const key = (generation: number): string => String(generation).repeat(64).slice(0, 64);

const KEYS = ["sandbox-key", "plugin-daemon-key", "inner-api-key", "agent-backend-token", "shellctl-token"];

describe("keys of generations", () => {
  const dify = (generation: number) => difyOf(variablesOf({ internal_key_generation: generation }));
  /** What every composed key is made of, without the secrets themselves. */
  const madeOf = (keyGeneration: number): Record<string, string> =>
    Object.fromEntries(
      dify(keyGeneration)
        .composedSecrets.filter(({ name }) => KEYS.some((one) => name.startsWith(one)))
        .map(({ name, value }) => [name, value(testBindings, (secret) => `<${secret}>`)]),
    );

  test("what comes next is what will be now, and then what was before", () => {
    for (const generation of [1, 2, 7]) {
      for (const name of KEYS) {
        expect(madeOf(generation)[`${name}-next`]).toBe(madeOf(generation + 1)[`${name}-now`]);
        expect(madeOf(generation)[`${name}-now`]).toBe(madeOf(generation + 1)[`${name}-before`]);
      }
      // Each key is its own.
      expect(new Set(Object.values(madeOf(generation))).size).toBe(15);
    }
  });

  test("the first is the key that was there before there were generations", () => {
    expect(madeOf(1)["sandbox-key-now"]).toBe("<sandbox-key>");
    expect(madeOf(2)["sandbox-key-before"]).toBe("<sandbox-key>");
  });

  test("components ask with that of now, and each one that is asked has a door, and the API takes three itself", () => {
    const { components } = dify(3);
    const secretsOf = (name: string) => components.find((one) => one.name === name)?.secrets;
    const internal = [secretNames.sandboxKey, secretNames.pluginDaemonKey, secretNames.innerApiKey];
    for (const { name, secrets } of components) {
      // The key itself, of the first generation, is in no pod.
      for (const first of internal)
        expect({ name, has: Object.values(secrets ?? {}).includes(first) }).toMatchObject({ has: false });
    }
    expect(secretsOf("worker")).toMatchObject({ CODE_EXECUTION_API_KEY: "sandbox-key-now" });
    expect(secretsOf("sandbox")).toMatchObject({ API_KEY: "sandbox-key-now" });
    expect(secretsOf("api")).toMatchObject({ INNER_API_KEY_BEFORE: "inner-api-key-before" });
    for (const asked of ["sandbox", "plugin-daemon", "agent-backend", "local-sandbox"]) {
      const door = components.find((one) => one.name === `${asked}-keys`);
      const environment = door?.environment?.(testBindings);
      const port = components.find((one) => one.name === asked)?.ports?.[0];
      expect(door?.inPodOf).toBe(asked);
      expect({ port: String(port?.containerPort), service: String(port?.servicePort) }).toEqual({
        port: environment?.LISTEN,
        service: environment?.COMPONENT,
      });
    }
  });
});

test("while doors come or go, each pod is reached where it listens", () => {
  const { resource } = synth({ internal_key_generation: 1 }).application;
  const named = (type: string) =>
    Object.values(resource[type] ?? {}).find((one) => get<string>(one, "metadata.name") === "dify-sandbox");
  expect(get<object[]>(named("kubernetes_service_v1"), "spec.port")).toMatchObject([
    { port: 8194, target_port: "http" },
  ]);
  const [container] = get<object[]>(named("kubernetes_deployment_v1"), "spec.template.spec.container");
  expect(container).toMatchObject({ port: [{ name: "http", container_port: 9194 }] });
  const data = Object.keys(get(Object.values(resource["kubernetes_secret_v1"] ?? {})[0], "data_wo"));
  expect(data).toContain("sandbox-key-next");
  // What the keys are made of is not in the cluster.
  expect(data).not.toContain("key-rotation");
  const [ingress] = get<object[]>(
    resource["kubernetes_network_policy_v1"]?.["app_workload_network_sandbox"],
    "spec.ingress",
  );
  expect(ingress).toMatchObject({ ports: [{ port: "9194" }, { port: "8194" }] });
});

describeWith([tools.nginx], "the door of a component that knows one key", () => {
  let directory: string;
  const servers: Server[] = [];

  beforeAll(() => {
    directory = temporaryDirectory("key-door");
  });
  afterAll(async () => {
    await stopDaemons();
    for (const server of servers) {
      server.closeAllConnections();
      server.close();
    }
    removeDirectory(directory);
  });

  /** A component that knows the key of a generation, behind its door. @returns the door's port */
  async function pod(generation: number, header: "x_api_key" | "authorization"): Promise<number> {
    const name = header === "x_api_key" ? "x-api-key" : "authorization";
    const known = header === "x_api_key" ? key(generation) : `Bearer ${key(generation)}`;
    const component = createServer((incoming, response) => {
      response.writeHead(incoming.headers[name] === known ? 200 : 401);
      // A part at once, and the rest only when the body is there.
      response.write("first ");
      let bytes = 0;
      incoming.on("data", (part: Buffer) => (bytes += part.length)).on("end", () => response.end(String(bytes)));
    });
    servers.push(component);
    const [listen, port] = [await freePort(), await freePort()];
    await new Promise<void>((done) => component.listen(port, "127.0.0.1", done));
    const scratch = join(directory, String(listen));
    mkdirSync(scratch);
    own(scratch);
    const daemon = new Daemon("/bin/sh", [join(scripts, "key-door.sh")], join(directory, `${listen}.log`), {
      env: {
        ...{ PATH: nginxPath(), DIRECTORY: scratch, HEADER: header, LISTEN: String(listen), COMPONENT: String(port) },
        ...{ KEY_NOW: key(generation), KEY_BEFORE: key(generation - 1), KEY_NEXT: key(generation + 1) },
      },
    });
    await daemon.ready(listen);
    return listen;
  }

  async function ask(port: number, headers: Record<string, string>, body = ""): Promise<string> {
    return await new Promise((done, failed) => {
      const outgoing = request({ host: "127.0.0.1", port, headers, method: "POST", agent: false }, (response) => {
        let text = "";
        response.setEncoding("utf8").on("data", (part: string) => {
          // Only now: a door that collected requests or answers would wait without end.
          if (text === "") outgoing.end();
          text += part;
        });
        response.on("end", () => {
          done(`${response.statusCode} ${text}`);
        });
      }).on("error", failed);
      outgoing.write(`${body}.`);
    });
  }

  test("while generation 3 replaces 2, everybody who asks is answered, and nobody else", async () => {
    const [old, fresh] = await Promise.all([pod(2, "x_api_key"), pod(3, "x_api_key")]);
    const answers = async (port: number) =>
      await Promise.all([1, 2, 3, 4, 9].map(async (one) => (await ask(port, { "X-Api-Key": key(one) })).slice(0, 3)));
    expect(await answers(old)).toEqual(["200", "200", "200", "401", "401"]);
    expect(await answers(fresh)).toEqual(["401", "200", "200", "200", "401"]);
    expect(await ask(fresh, {})).toMatch(/^401/);
    expect(await ask(fresh, { Authorization: `Bearer ${key(3)}` })).toMatch(/^401/);
    // Streams, and bodies of any size, go through as they come.
    expect(await ask(old, { "X-Api-Key": key(3) }, "x".repeat(3_000_000))).toBe("200 first 3000001");
  });

  test("bearer tokens, next to tokens of other kinds, which go through", async () => {
    const port = await pod(2, "authorization");
    for (const [token, status] of [
      [`Bearer ${key(1)}`, 200],
      [`Bearer ${key(2)}`, 200],
      [`Bearer ${key(3)}`, 200],
      [key(3), 401],
      ["Bearer of-a-shell", 401],
    ] as const)
      expect(await ask(port, { Authorization: token })).toBe(`${status} first 1`);
  });

  test.each([
    [{ HEADER: "cookie" }, /HEADER is 'cookie'/],
    [{ KEY_BEFORE: '"; return 200; #' }, /a key is empty, or has a character/],
  ])("%j is refused", (wrong, message) => {
    const env = { HEADER: "x_api_key", LISTEN: "1", COMPONENT: "2", KEY_NOW: "a", KEY_BEFORE: "b", KEY_NEXT: "c" };
    const { status, stderr } = spawnSync("/bin/sh", [join(scripts, "key-door.sh")], {
      encoding: "utf8",
      env: { PATH: nginxPath(), DIRECTORY: directory, ...env, ...wrong },
    });
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringMatching(message) as string });
  });
});

describeWith([tools.python], "the API's own keys", () => {
  test("it sees the key that it knows, for each of the three, and anything else as it was", () => {
    const program = `
import runpy, types
own = runpy.run_path(${JSON.stringify(join(scripts, "gunicorn-keys.conf.py"))})
worker = types.SimpleNamespace(wsgi=lambda environ, start: environ.get("HTTP_X_INNER_API_KEY"))
own["post_worker_init"].__globals__["_before_keys"] = lambda worker: None
own["post_worker_init"](worker)
print([worker.wsgi({} if given is None else {"HTTP_X_INNER_API_KEY": given}, None) for given in ("now", "before", "next", "other", "\\xe9", "", None)])
`;
    const { stdout, stderr } = spawnSync(path(tools.python), ["-c", program], {
      encoding: "utf8",
      env: {
        ...process.env,
        ...{ INNER_API_KEY_NOW: "now", INNER_API_KEY_BEFORE: "before", INNER_API_KEY_NEXT: "next" },
      },
    });
    expect(stderr).toBe("");
    expect(stdout.trim()).toBe("['now', 'now', 'now', 'other', 'é', '', None]");
  });
});
