import { knownEnvironment } from "../../app-gke/workload/known-context";
import type { Container } from "../../app-gke/workload/kubernetes";
import { type KnownPod, knownPods } from "../../app-gke/workload/known-pods";
import type { VariableName, Variables } from "../variables";
import { workload } from "../workload";
import { ownOfContainers } from "../../dify-common/reserved";
import { composedOf } from "./composed";
import { DESIGN, duplicates, KUBERNETES, type Rule } from "./rule";

/** A user's name or number that something else already has. */
interface Collision {
  /** What the message is about. */
  readonly subject: string;
  /** The rest of the fact: `is 5432, which the Auth Proxy has`. */
  readonly fact: string;
}

/** A rule about collisions; each one is a problem of its own. */
export function collisions(
  rule: Pick<Rule, "id" | "what" | "why" | "risk" | "variables" | "source">,
  find: (v: Variables, environment: string) => readonly Collision[],
  consequence: string,
): Rule {
  const text = ({ subject, fact }: Collision): string => `${subject} ${fact}`;
  return {
    ...rule,
    severity: "error",
    brokenBy: (v, _, environment) => find(v, environment).map(text),
    message: (_, subject) => `${subject}: ${consequence}`,
  };
}

export const POD_VARIABLES = [
  "additional_services",
  "initialization_jobs",
  "cron_jobs",
  "application_version",
  "component_settings",
  "worker_placement",
  "enable_nfs",
  "nfs_mount_path",
  "nfs_volume_name",
  "gcs_volumes",
] as const satisfies readonly VariableName[];

const known = new WeakMap<Variables, readonly KnownPod[]>();

/** Created once, because several rules use it. */
export function knownPodsOf(v: Variables): readonly KnownPod[] {
  const found = known.get(v) ?? podsOf(v);
  known.set(v, found);
  return found;
}

function podsOf(v: Variables): readonly KnownPod[] {
  const application = composedOf(v);
  return application ? knownPods(application, workload(v).sharedFiles) : [];
}

/** @returns the pods that the share is mounted in */
function sharing(v: Variables): readonly KnownPod[] {
  return knownPodsOf(v).filter(({ sharesFiles }) => sharesFiles);
}

const outputs = collisions(
  {
    id: "output-variable-free",
    what: "An `output_env_var_name` that is set elsewhere as well",
    why: "One of the two values would be lost, and what reads it would be told the wrong thing.",
    risk: "Critical",
    variables: [
      "additional_services",
      "environment_variables",
      "secret_environment_variables",
      "explicit_secret_names",
      "application_version",
      "component_settings",
    ],
    source: DESIGN,
  },
  (v) => {
    const given = v.additional_services.filter(({ output_env_var_name: name }) => name !== "");
    if (given.length === 0) return [];
    const twice = duplicates(given.map(({ output_env_var_name: name }) => name));
    const taken = setHere(v);
    return given.flatMap(({ name, output_env_var_name: variable }) => {
      const why = twice.includes(variable) ? "like that of another service" : setElsewhere(v, taken, variable);
      return why === undefined
        ? []
        : [{ subject: `output_env_var_name of "${name}"`, fact: `is "${variable}", ${why}` }];
    });
  },
  "one of the two values would be lost, and whatever reads it could get the wrong one. Choose another output_env_var_name.",
);

/** @returns where an environment variable of the API's processes is set already, to follow the name in a sentence */
function setElsewhere(v: Variables, taken: ReadonlySet<string>, name: string): string | undefined {
  const files = ["environment_variables", "secret_environment_variables"] as const;
  const file =
    files.find((each) => Object.hasOwn(v[each], name)) ??
    (v.explicit_secret_names.includes(name) ? "explicit_secret_names" : undefined);
  if (file !== undefined) return `which ${file} sets as well`;
  return taken.has(name) || ownOfContainers.has(name) ? "which this project sets for Dify's own processes" : undefined;
}

const SECOND_NAMES = [
  "db_host_env_var_name",
  "db_port_env_var_name",
  "db_name_env_var_name",
  "db_user_env_var_name",
  "db_password_env_var_name",
] as const satisfies readonly VariableName[];

const secondNames = collisions(
  {
    id: "database-variable-free",
    what: "A second environment variable for the database, such as `db_host_env_var_name`, that is set elsewhere as well",
    why: "One of the two values would be lost, and what reads it would be told the wrong thing.",
    risk: "High",
    variables: [
      ...SECOND_NAMES,
      "additional_services",
      "environment_variables",
      "secret_environment_variables",
      "explicit_secret_names",
      "application_version",
      "component_settings",
    ],
    source: DESIGN,
  },
  (v) => {
    const given = SECOND_NAMES.filter((variable) => v[variable] !== "");
    if (given.length === 0) return [];
    const taken = setHere(v);
    return given.flatMap((variable, index) => {
      const other = given.slice(0, index).find((earlier) => v[earlier] === v[variable]);
      const service = v.additional_services.find(({ output_env_var_name: name }) => name === v[variable]);
      const why = other
        ? `like ${other}`
        : service
          ? `like the output_env_var_name of "${service.name}"`
          : setElsewhere(v, taken, v[variable]);
      return why === undefined ? [] : [{ subject: variable, fact: `is "${v[variable]}", ${why}` }];
    });
  },
  "one of the two values would be lost, and whatever reads it could get the wrong one. Choose another name.",
);

/** What the API's processes get apart from services and the user's own variables, and what every process has. */
function setHere(v: Variables): ReadonlySet<string> {
  const services = v.additional_services.map((service) => ({ ...service, output_env_var_name: "" }));
  const second = Object.fromEntries(SECOND_NAMES.map((name) => [name, ""]));
  const application = composedOf({ ...v, ...second, additional_services: services, environment_variables: {} });
  const own = new Set(services.map(({ name }) => name));
  const linked = (application?.components ?? []).filter(
    ({ name }) => ["api", "api-websocket", "worker", "beat"].includes(name) && !own.has(name),
  );
  return new Set([
    "PYTHONPATH",
    "LD_LIBRARY_PATH",
    "LD_PRELOAD",
    ...linked.flatMap((component) => [
      ...Object.keys(knownEnvironment(component)),
      ...Object.keys(component.secrets ?? {}),
    ]),
  ]);
}

const ports = collisions(
  {
    id: "container-port-free",
    what: "A `container_port` that another container of the pod uses",
    why: "Containers of a pod share their ports, so one of the two could not start.",
    risk: "Critical",
    variables: ["container_port", ...POD_VARIABLES],
    source: KUBERNETES,
  },
  (v) =>
    knownPodsOf(v)
      .filter(({ name }) => name === "api")
      .flatMap((pod) => pod.ports.filter(({ port, of }) => of !== "api" && port === v.container_port))
      .map(({ of }) => ({
        subject: "container_port",
        fact: `is ${v.container_port}, which ${of} in the same pod uses`,
      })),
  "containers of a pod share their ports, so one of the two could not start. Set container_port to another number, such as 5001.",
);

const servicePorts = collisions(
  {
    id: "service-ports-once",
    what: "Ports of the Service with the same name or number",
    why: "Kubernetes refuses such a Service in the middle of the apply.",
    risk: "High",
    variables: ["extra_service_ports", "service_port", "application_version"],
    source: KUBERNETES,
  },
  (v) => {
    const application = composedOf(v);
    const entry = application?.components.find(({ name }) => name === application.entryPoint);
    const [first, ...others] = entry?.ports ?? [];
    const own = [
      ...(first ? [{ name: first.name, port: v.service_port }] : []),
      ...others.map(({ name, containerPort, servicePort = containerPort }) => ({ name, port: servicePort })),
    ];
    return v.extra_service_ports.flatMap(({ name, port }, index) => {
      const before = [...own, ...v.extra_service_ports.slice(0, index)];
      return [
        ...(before.some((other) => other.name === name)
          ? [{ subject: `The extra port "${name}"`, fact: "has the name of another port of the Service" }]
          : []),
        ...(before.some((other) => other.port === port)
          ? [{ subject: `The extra port "${name}"`, fact: `has the number ${port}, like another port of the Service` }]
          : []),
      ];
    });
  },
  `Kubernetes refuses such a Service in the middle of the apply. Give each of extra_service_ports its own name, none of them "http", and its own port, none of them service_port.`,
);

/** System directories: with something else in their place, no program in an image would start. */
const SYSTEM = ["/bin", "/boot", "/dev", "/etc", "/lib", "/lib64", "/proc", "/run", "/sbin", "/sys", "/usr"];
/** Including everything below them, which belongs to the kernel and which a container may not cover. */
const KERNEL = ["/dev", "/proc", "/sys"];

function isIn(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

/**
 * @returns what a directory in a container would hide, or be hidden by, as the end of a message's fact; `undefined` if
 * nothing
 * @param pod name of its component or job
 * @param wanted index of the mount
 */
export function hidden(pod: string, container: Container, wanted: number): string | undefined {
  const all = (container.volumeMounts ?? []).map(({ mountPath, ...mount }) => ({
    ...mount,
    path: mountPath.replace(/\/+$/, ""),
  }));
  const share = all[wanted];
  if (!share) return undefined;
  const other = all.find(
    // A file is a single key of its ConfigMap, and nothing can be mounted below it.
    (mount) => mount !== share && (isIn(mount.path, share.path) || (mount.subPath && isIn(share.path, mount.path))),
  );
  const system =
    SYSTEM.find((directory) => directory === share.path) ??
    KERNEL.find((directory) => isIn(share.path, directory)) ??
    (pod === "api" ? ["/app", "/app/api"].find((directory) => directory === share.path) : undefined);
  return other
    ? `${share.path}, where the container has its own ${other.path}`
    : system && `${share.path}, which hides ${system} of its image`;
}

const mounts = collisions(
  {
    id: "mounts-apart",
    what: "The share mounted over directories that an image needs",
    why: "Kubernetes would refuse the pod, or it would not find its own files.",
    risk: "High",
    variables: POD_VARIABLES,
    source: KUBERNETES,
  },
  (v) => {
    const found = sharing(v).flatMap(({ name, spec }) =>
      spec.containers.flatMap((container) => {
        const share = (container.volumeMounts ?? []).findIndex((mount) => mount.name === v.nfs_volume_name);
        const fact = hidden(name, container, share);
        const service = v.additional_services.some((each) => each.name === name);
        return fact === undefined
          ? []
          : [
              {
                subject: service ? `The mount_path of the share in "${name}"` : "nfs_mount_path",
                fact: `is ${fact}${service ? "" : ` (in ${container.name})`}`,
              },
            ];
      }),
    );
    // One path can collide with many.
    return found.filter(({ subject }, index) => found.findIndex((other) => other.subject === subject) === index);
  },
  "Kubernetes would refuse the pod, or its programs would not find their files. Mount the share at another path, such as /mnt/nfs.",
);

const twoMounts = collisions(
  {
    id: "mounts-once",
    what: "Two volumes of a service at the same path",
    why: "Kubernetes refuses such a pod in the middle of the apply.",
    risk: "High",
    variables: ["additional_services"],
    source: KUBERNETES,
  },
  (v) =>
    v.additional_services.flatMap(({ name, volume_mounts: given }) =>
      duplicates(given.map(({ mount_path: path }) => path.replace(/\/+$/, ""))).map((path) => ({
        subject: `Two volumes of "${name}"`,
        fact: `are mounted at ${path}`,
      })),
    ),
  "Kubernetes refuses such a pod in the middle of the apply. Give each of its volume_mounts another mount_path.",
);

const volumeName = collisions(
  {
    id: "volume-name-free",
    what: "An `nfs_volume_name` that is also the name of another volume of a pod",
    why: "Kubernetes refuses such a pod in the middle of the apply.",
    risk: "High",
    variables: ["nfs_volume_name", ...POD_VARIABLES],
    source: KUBERNETES,
  },
  (v) =>
    sharing(v)
      .filter(({ spec }) => duplicates((spec.volumes ?? []).map(({ name }) => name)).includes(v.nfs_volume_name))
      .map(({ name }) => ({
        subject: "nfs_volume_name",
        fact: `is "${v.nfs_volume_name}", which is already the name of another volume of ${name}`,
      }))
      .slice(0, 1),
  "Kubernetes refuses such a pod in the middle of the apply. Set nfs_volume_name to another name.",
);

export const collisionRules: readonly Rule[] = [
  outputs,
  secondNames,
  ports,
  servicePorts,
  mounts,
  twoMounts,
  volumeName,
];
