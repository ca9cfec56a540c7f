import { type ComponentName, knownVariables } from "./releases";
import type { DifySettings } from "./settings";

/**
 * Where a user's environment variable without a component goes: to every component that reads it, according to the
 * facts for the release and the component's tag. Variables that several read with different meanings are decided here.
 */

/** The processes of the API's image, which all get the same variables. */
const apiProcesses: readonly ComponentName[] = ["api", "worker", "beat", "api_websocket"];

/** Components that have an environment; the API stands for all of its processes. */
const readers = ["api", "web", "plugin_daemon", "sandbox", "agent_backend", "local_sandbox"] as const;
type Reader = (typeof readers)[number];

interface Decision {
  readonly names: RegExp;
  readonly to: readonly Reader[];
  /** As half a sentence. */
  readonly why: string;
}

/** Names that mean something different to each reader, or that a reader gets from here. The first match counts. */
const decisions: readonly Decision[] = [
  {
    names: /^ADMIN_API_KEY$/,
    to: ["api"],
    why: "each opens an administration of its own, and the plugin daemon's is off without a key",
  },
  {
    names: /^(ALIYUN_OSS|HUAWEI_OBS|TENCENT_COS|VOLCENGINE_TOS)_|^S3_(ENDPOINT|USE_AWS_MANAGED_IAM)$/,
    to: ["api"],
    why: "the API's files may be somewhere else than the plugin daemon's packages, which are on the share or in the bucket here",
  },
  {
    names: /^DEBUG$/,
    to: ["api"],
    why: "the sandbox has a switch of the same name that has nothing to do with the API's",
  },
  {
    names: /^LOG_LEVEL$/,
    to: ["api"],
    why: "the plugin daemon knows DEBUG, INFO, WARN and ERROR alone, and ends at once with the API's WARNING",
  },
  { names: /^LOG_FILE$/, to: ["api"], why: "a path is one of a container" },
  {
    names: /^REDIS_KEY_PREFIX$/,
    to: ["api"],
    why: "plugin daemon and agent back end have prefixes of their own, which keep them apart in one Redis: theirs go behind it",
  },
  {
    names: /^SENTRY_(DSN|TRACES_SAMPLE_RATE)$/,
    to: ["api"],
    why: "each has a project of its own in Sentry, as in upstream's compose file (API_SENTRY_DSN, WEB_SENTRY_DSN, PLUGIN_SENTRY_DSN)",
  },
  {
    names: /^(HTTPS?_PROXY|NO_PROXY)$/,
    to: ["api", "plugin_daemon"],
    why: "the sandbox's only way out is the SSRF proxy; the API's clients read them as the plugin daemon does",
  },
  { names: /^(HOME|PATH)$/, to: ["api"], why: "a path is one of a container" },
];

/**
 * Variables that are not read by Dify's source but by what a component runs on or is built with: interpreters, servers,
 * clients. The API has most of the libraries, so it gets general variables, and all variables that no component is known to
 * read.
 */
const runtimes: readonly {
  readonly names: RegExp;
  readonly to: readonly Reader[];
  /** Components that read it as well, but get it only if they are named. @default [] */
  readonly alsoIn?: readonly Reader[];
}[] = [
  // https://nodejs.org/api/cli.html#environment-variables_1
  { names: /^NODE_(OPTIONS|EXTRA_CA_CERTS|TLS_REJECT_UNAUTHORIZED|DEBUG|NO_WARNINGS)$/, to: ["web"] },
  // https://pip.pypa.io/en/stable/topics/configuration/#environment-variables
  { names: /^PIP_[A-Z_]+$/, to: [], alsoIn: ["sandbox", "plugin_daemon", "local_sandbox"] },
  // https://pkg.go.dev/runtime#hdr-Environment_Variables, https://pkg.go.dev/github.com/gin-gonic/gin#EnvGinMode
  { names: /^GIN_MODE$/, to: ["plugin_daemon", "sandbox"] },
  { names: /^GO(GC|DEBUG|MAXPROCS|MEMLIMIT|TRACEBACK)$/, to: ["plugin_daemon", "sandbox", "local_sandbox"] },
  {
    names:
      /^(PYTHON[A-Z]+|GUNICORN_CMD_ARGS|GEVENT_\w+|HOME|PATH|HTTPS?_PROXY|NO_PROXY|TZ|LANG|LANGUAGE|LC_[A-Z]+|TMPDIR|LD_(PRELOAD|LIBRARY_PATH)|MALLOC_\w+|(OMP|OPENBLAS|MKL|NUMEXPR)_NUM_THREADS|(https?|all|no)_proxy|ALL_PROXY|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|CURL_CA_BUNDLE|HTTPLIB2_CA_CERTS|PIP_CERT|PG[A-Z]+|OTEL_\w+|SENTRY_(ENVIRONMENT|RELEASE)|GRPC_\w+|AWS_\w+|AZURE_\w+|GOOGLE_\w+|GCE_METADATA_\w+|HF_\w+|HUGGINGFACE_\w+|TRANSFORMERS_\w+|TOKENIZERS_\w+|TIKTOKEN_CACHE_DIR|NLTK_DATA|MPLCONFIGDIR)$/,
    to: ["api"],
    alsoIn: readers,
  },
];

type Where = Pick<DifySettings, "release" | "imageTags">;

/**
 * @returns components that a variable goes to because something in them reads it; none if nothing is known to read it
 */
export function goesTo(where: Where, name: string): readonly Reader[] {
  const there = readers.filter((component) => component in where.release.release.images);
  const bySource = there.filter((component) => isInSource(where, component, name));
  const byRuntime = there.filter((component) =>
    runtimes.some(({ names, to }) => names.test(name) && to.includes(component)),
  );
  const decided = decisions.find(({ names }) => names.test(name));
  if (!decided) return bySource.length > 0 ? bySource : byRuntime;
  const chosen = decided.to.filter((component) => bySource.includes(component) || byRuntime.includes(component));
  return chosen.length > 0 ? chosen : bySource;
}

/** According to the facts for the release and the component's tag. */
function isInSource({ release, imageTags }: Where, component: ComponentName, name: string): boolean {
  const known = knownVariables(release.version, component, imageTags[component]);
  return known?.read.has(name) === true || known?.perhaps.has(name) === true;
}

/** @returns whether something in a component reads a variable that is given to it by name */
export function isReadIn(where: Where, component: ComponentName, name: string): boolean {
  const list = listOf(component);
  const general = runtimes.some(
    ({ names, to, alsoIn = [] }) => names.test(name) && [...to, ...alsoIn].some((reader) => reader === list),
  );
  return general || isInSource(where, component, name);
}

/** @returns the component whose list of variables applies: all processes of the API's image read the same */
export function listOf(component: ComponentName): ComponentName {
  return apiProcesses.includes(component) ? "api" : component;
}

/** Earlier results for settings: capacity and components ask again and again. */
const found = new WeakMap<DifySettings, ReadonlyMap<string, readonly ComponentName[]>>();

/**
 * @returns whether a component gets a variable without a component; the API's processes also get those that nothing is
 * known to read
 */
function gets(settings: DifySettings, component: ComponentName, name: string): boolean {
  const routes = found.get(settings) ?? routesOf(settings);
  found.set(settings, routes);
  return routes.get(name)?.includes(listOf(component)) === true;
}

function routesOf(settings: DifySettings): ReadonlyMap<string, readonly ComponentName[]> {
  const names = [...Object.keys(settings.environment), ...settings.secretEnvironment.map(({ variable }) => variable)];
  return new Map(
    names.map((name) => {
      const to = goesTo(settings, name);
      return [name, to.length > 0 ? to : ["api"]];
    }),
  );
}

/** Parts of environments by component: whatever asks for one variable asks for all of them. */
const parts = new WeakMap<DifySettings, Map<ComponentName, Own>>();

/** @returns the part of the user's own environment without a component that a component gets */
export function ownEnvironment(settings: DifySettings, component: ComponentName): Own {
  const known = parts.get(settings) ?? new Map<ComponentName, Own>();
  parts.set(settings, known);
  const part =
    known.get(component) ??
    Object.fromEntries(Object.entries(settings.environment).filter(([name]) => gets(settings, component, name)));
  known.set(component, part);
  return part;
}

/** @returns the same for secrets: names of secrets by environment variable */
export function ownSecrets(settings: DifySettings, component: ComponentName): Readonly<Record<string, string>> {
  return Object.fromEntries(
    settings.secretEnvironment
      .filter(({ variable }) => gets(settings, component, variable))
      .map(({ variable, secret }) => [variable, secret.name]),
  );
}

/** The same with what the component alone is given. */
const wholes = new WeakMap<DifySettings, Map<string, Own>>();

/** The user's own environment, as a component gets it. */
export type Own = Readonly<Record<string, string>>;

/**
 * @returns what the user gives a component, named as in Kubernetes (`plugin-daemon`): for all components, and for this
 * one alone, which wins
 */
export function ownOf(settings: DifySettings, component: string): Own {
  const known = wholes.get(settings) ?? new Map<string, Own>();
  wholes.set(settings, known);
  const name = component.replaceAll("-", "_") as ComponentName;
  const own = known.get(component) ?? {
    ...ownEnvironment(settings, name),
    ...settings.components[component]?.environment,
  };
  known.set(component, own);
  return own;
}

/** @returns a whole number from the user's own environment; undefined if there is none */
export function countIn(own: Own, name: string): number | undefined {
  const value = own[name]?.trim();
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}
