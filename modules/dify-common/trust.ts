import type { Component, ConfigurationFile, Job } from "../app-gke/application-config";
import { literal } from "../app-gke/terraform/literal";
import { projectFile } from "../app-gke/terraform/project-file";
import { imageOf } from "./components/image";
import type { DifySettings } from "./settings";

/**
 * Certificate authorities of the user's own, in addition to the public ones. A container before each writes one file of both,
 * which then lies over the one that the image brings (Debian, Ubuntu and Alpine have it at the same path) and is named to
 * everything that brings a list of its own. It runs in the image of nginx, which every environment has, and which has the
 * public ones and a shell: of an additional service's image nothing is known, and images that a pipeline replaces would have
 * to be replaced here too.
 */

/** Where images have the authorities that they trust. */
const BUNDLE = "/etc/ssl/certs/ca-certificates.crt";
/** Where a container has what the bundle is made with. */
const PLACE = "/opt/trust";
const OWN = `${PLACE}/authorities.pem`;
const SCRIPT = `${PLACE}/trust.sh`;
const DIRECTORY = "/opt/trust-made";

/** Other variables that say where the trusted certificates are, with who reads them. Most clients use certifi's list, whatever the image has. */
const VARIABLES = {
  // OpenSSL, and with it Python's own clients (https://docs.openssl.org/3.5/man7/openssl-env/); httpx; Go; uv.
  SSL_CERT_FILE: BUNDLE,
  // https://requests.readthedocs.io/en/latest/user/advanced/#ssl-cert-verification
  REQUESTS_CA_BUNDLE: BUNDLE,
  // https://curl.se/docs/sslcerts.html
  CURL_CA_BUNDLE: BUNDLE,
  // https://docs.aws.amazon.com/sdkref/latest/guide/feature-gen-config.html
  AWS_CA_BUNDLE: BUNDLE,
  // https://grpc.github.io/grpc/cpp/md_doc_environment_variables.html
  GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: BUNDLE,
  // https://pypi.org/project/httplib2/: Google's older clients
  HTTPLIB2_CA_CERTS: BUNDLE,
  // https://pip.pypa.io/en/stable/topics/https-certificates/
  PIP_CERT: BUNDLE,
  // In addition to its own: https://nodejs.org/api/cli.html#node_extra_ca_certsfile
  NODE_EXTRA_CA_CERTS: BUNDLE,
} as const;

/** Programs that a component runs instead of its image's, by the variable that names them. */
const programsOf: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  // It gives code no environment of its own.
  sandbox: { PYTHON_PATH: "sandbox-python3", NODEJS_PATH: "sandbox-node" },
};

/** Files that only one component needs. */
const filesOf: Readonly<Record<string, readonly ConfigurationFile[]>> = {
  // uv, which it starts nearly without an environment for the packages of a plugin, has a list of its own. Versions before 0.11
  // know the option by this name alone, and the later ones still do (https://docs.astral.sh/uv/reference/settings/#native-tls).
  "plugin-daemon": [{ mountPath: "/etc/uv/uv.toml", content: () => "native-tls = true\n" }],
};

/** What nginx and squid trust is in a file, and they read no variable. */
const WITHOUT_VARIABLES = ["proxy", "ssrf-proxy"];

/**
 * @param component of Dify's own; of what the user adds, nothing is known
 * @returns variables that say to it what it trusts, where the user's own say nothing else
 */
export function trustVariables(component = ""): Readonly<Record<string, string>> {
  if (WITHOUT_VARIABLES.includes(component)) return {};
  // The web front end is Node.js alone.
  if (component === "web") return { NODE_EXTRA_CA_CERTS: BUNDLE };
  const programs = Object.entries(programsOf[component] ?? {});
  return {
    ...VARIABLES,
    ...Object.fromEntries(programs.map(([variable, program]) => [variable, `${PLACE}/bin/${program}`])),
  };
}

/**
 * @param component which of Dify's own it is. @default - none of them
 * @returns a component or job that trusts the user's own authorities too, if there are any
 */
export function withTrust<Task extends Component | Job>(task: Task, settings: DifySettings, component = ""): Task {
  const { authorities } = settings;
  if (!authorities) return task;
  const { environment, secrets = {}, files = [] } = task;
  const variables = Object.entries(trustVariables(component)).filter(([name]) => !(name in secrets));
  const programs = Object.values(programsOf[component] ?? {});
  const source = (name: string): ConfigurationFile => ({
    mountPath: `${PLACE}/${name}`,
    content: () => literal(projectFile(`scripts/pods/${name}`)),
  });
  return {
    ...task,
    // What the user says of the same variables wins.
    environment: (bindings) => ({ ...Object.fromEntries(variables), ...environment?.(bindings) }),
    files: [
      ...files,
      ...(filesOf[component] ?? []),
      source("trust.sh"),
      ...programs.map(source),
      { mountPath: OWN, content: () => literal(authorities()) },
    ],
    prepared: {
      image: imageOf(settings, "proxy"),
      command: ["sh", SCRIPT, OWN, DIRECTORY, ...programs.map((program) => `${PLACE}/${program}`)],
      directory: DIRECTORY,
      files: {
        [BUNDLE]: "ca-certificates.crt",
        ...Object.fromEntries(programs.map((program) => [`${PLACE}/bin/${program}`, program])),
      },
    },
  };
}
