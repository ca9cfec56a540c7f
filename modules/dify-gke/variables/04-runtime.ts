import { z } from "zod";
import { componentSettingsMap } from "./component-settings";
import { group, variable } from "./definition";
import {
  count,
  cpu,
  hostOrCidr,
  image,
  imageTag,
  kubernetesAnnotations,
  kubernetesLabels,
  memory,
  mountPath,
  optionalImage,
  port,
  resourceName,
  wording,
  optionalResourceName,
  optionalSecretId,
  text,
} from "./limits";

const containerResources = z.strictObject({
  cpu_limit: cpu.default("1000m"),
  memory_limit: memory.default("512Mi"),
  cpu_request: cpu.optional(),
  mem_request: memory.optional(),
  ephemeral_storage_limit: memory.optional(),
  ephemeral_storage_request: memory.optional(),
});

const dockerfile = text(
  "a Dockerfile of at most 60000 characters, with a line FROM",
  (content) => content.length <= 60_000 && /^\s*FROM\s+\S/im.test(content),
);

const containerBuild = z.strictObject({
  enabled: z.boolean().default(true),
  dockerfile_path: z.string().optional().describe("Path of the Dockerfile in the repository."),
  dockerfile_content: dockerfile
    .optional()
    .describe("The Dockerfile itself. `$BASE_IMAGE` is `base_image`, or else Dify's own API image."),
  context_path: z.string().optional().describe("Directory of the repository that the build gets."),
  build_args: z
    .record(text("letters, digits and _", /^[A-Za-z_][A-Za-z0-9_]*$/), text("one line", /^[^\n]*$/, true))
    .optional()
    .describe("No secrets: they stay in the image's history."),
  artifact_repo_name: resourceName.optional(),
  base_image: image
    .optional()
    .describe("The build argument `BASE_IMAGE`. Alone, without a trigger, it is the image itself, kept here."),
});

/** Group 4: the API's containers, how many and how large. */
export const runtime = group(4, {
  deploy_application: variable({
    description: "`false` creates the infrastructure and nothing that runs in the cluster.",
    schema: z.boolean(),
    default: true,
  }),
  cpu_limit: variable({
    description: "CPU of each API and worker container. Dify needs at least 2.",
    schema: cpu,
    default: "2000m",
  }),
  memory_limit: variable({
    description: "Memory of each API and worker container.",
    schema: memory,
    default: "4Gi",
  }),
  min_instance_count: variable({
    description: "Number of API pods that always run.",
    schema: count(0, 1000),
    default: 1,
  }),
  max_instance_count: variable({
    description: "Largest number of API pods: it limits the autoscaler, and so the costs.",
    schema: count(1, 1000),
    default: 3,
  }),
  container_port: variable({
    description: "Port that the API listens on.",
    schema: port,
    default: 5001,
  }),
  enable_cloudsql_volume: variable({
    description: "Puts the Cloud SQL Auth Proxy next to every container that needs the database.",
    schema: z.boolean(),
    default: true,
  }),
  enable_image_mirroring: variable({
    description: "Pulls public images through an Artifact Registry repository of the project.",
    schema: z.boolean(),
    default: true,
  }),
  image_mirror_repository: variable({
    documented: false,
    description:
      "An existing Artifact Registry repository in `region` that images come through, for `enable_image_mirroring`: a remote one for Docker Hub, or one that has its images under their names. The cluster's nodes need `roles/artifactregistry.reader` there. Empty: the foundation creates one.",
    schema: optionalResourceName,
    default: "",
  }),
  docker_hub_user: variable({
    documented: false,
    description:
      "Docker ID with which the mirror pulls images. Empty: without an account, with Docker Hub's limits for anonymous pulls.",
    schema: text("a Docker ID: 4 to 30 lower-case letters and digits", /^[a-z0-9]{4,30}$/, true),
    default: "",
  }),
  docker_hub_password_secret: variable({
    documented: false,
    description:
      "Secret in Secret Manager with an access token of `docker_hub_user`; it must exist and have a version. Read-only access to public repositories is enough for the token.",
    schema: optionalSecretId,
    default: "",
  }),
  enable_pod_disruption_budget: variable({
    description: "Keeps a number of pods running while nodes are upgraded.",
    schema: z.boolean(),
    default: false,
  }),
  pdb_min_available: variable({
    description: "Pods that keep running while nodes are upgraded: a number, or a share such as 50%.",
    schema: z
      .union([count(0, 1000), z.string().regex(/^(\d+|\d{1,2}%|100%)$/)])
      .register(wording, { says: "a whole number, or a percentage up to 100%" }),
    default: 1,
  }),
  enable_vertical_pod_autoscaling: variable({
    description:
      "Lets Kubernetes adjust the size of pods, instead of their number, which stays at `min_instance_count`. If a component has one pod, its size changes when that pod starts again for another reason.",
    schema: z.boolean(),
    default: false,
  }),
  vertical_autoscaling_range: variable({
    documented: false,
    description:
      "How small and how large containers may become with `enable_vertical_pod_autoscaling`, as multiples of their configured sizes. Numbers of processes and connections follow from the configured size, so set less only if you know what they use.",
    schema: z.strictObject({
      least: z.number().min(0.1).max(1).default(1),
      most: z.number().min(1).max(10).default(2),
    }),
    default: {},
  }),
  service_annotations: variable({
    description: "Annotations on the Kubernetes Service of the entry point.",
    schema: kubernetesAnnotations,
    default: {},
  }),
  service_labels: variable({
    description: "Labels on the Kubernetes Service of the entry point.",
    schema: kubernetesLabels,
    default: {},
  }),
  timeout_seconds: variable({
    description: "Longest time a request may take: workflows of several steps need minutes.",
    schema: count(0, 3600),
    default: 300,
  }),
  container_image_source: variable({
    description:
      "`custom` builds an image of your own: at every push with `enable_cicd_trigger`; without it at apply, if `container_build_config` says from what. `prebuilt` builds none; with `enable_cicd_trigger`, it takes the version that a file in the repository names.",
    schema: z.enum(["prebuilt", "custom"]),
    default: "custom",
  }),
  container_image: variable({
    description: "Image for API, worker and beat instead of Dify's own, with its tag.",
    schema: optionalImage,
    default: "",
  }),
  container_build_config: variable({
    description: "What Cloud Build builds your own image from.",
    schema: containerBuild,
    default: { enabled: true },
  }),
  container_build_commit: variable({
    documented: false,
    description:
      "Without `enable_cicd_trigger`, where `container_build_config` names files of a repository: the commit of `github_repository_url` that is built. The repository has to be public.",
    schema: text("the 40 hexadecimal digits of a commit", /^[0-9a-f]{40}$/, true),
    default: "",
  }),
  container_protocol: variable({
    description:
      "Protocol of connections to the container: `http1`, or `h2c` for HTTP/2 without TLS as well, if no gateway is in front.",
    schema: z.enum(["http1", "h2c"]),
    default: "http1",
  }),
  container_resources: variable({
    description: "The base module's sizes.",
    schema: containerResources,
    default: { cpu_limit: "1000m", memory_limit: "512Mi" },
  }),
  cloud_sql_proxy_version: variable({
    description: "Tag of the Cloud SQL Auth Proxy's image.",
    schema: imageTag,
    default: "2-alpine",
  }),
  cloudsql_volume_mount_path: variable({
    description: "The base module's directory for the Auth Proxy's socket.",
    schema: mountPath,
    default: "/cloudsql",
  }),
  worker_placement: variable({
    documented: false,
    description:
      "`api_pod`: the Celery worker is a second container next to the API. `deployment`: it has its own pods.",
    schema: z.enum(["api_pod", "deployment"]),
    default: "api_pod",
  }),
  worker_min_instance_count: variable({
    documented: false,
    description: 'Worker pods that always run, with `worker_placement = "deployment"`.',
    schema: count(1, 1000),
    default: 1,
  }),
  worker_max_instance_count: variable({
    documented: false,
    description: 'Largest number of worker pods, with `worker_placement = "deployment"`.',
    schema: count(1, 1000),
    default: 3,
  }),
  worker_scaling: variable({
    documented: false,
    description:
      "What worker pods are added for, in addition to CPU usage: nothing (`cpu`), or tasks in Celery's queues (`waiting_tasks`), for which the cluster needs an [adapter](monitoring.md#scaling-by-what-waits).",
    schema: z.enum(["cpu", "waiting_tasks"]),
    default: "cpu",
  }),
  component_settings: variable({
    documented: false,
    description:
      "Size, number, environment and nodes of single [components](components.md), by name (`web`, `plugin-daemon`). Overrides `cpu_limit`, `memory_limit` and the numbers of instances.",
    schema: componentSettingsMap,
    default: {},
  }),
  enable_marketplace: variable({
    documented: false,
    description: "Lets users install plugins from Dify's marketplace.",
    schema: z.boolean(),
    default: true,
  }),
  upload_file_size_limit_mb: variable({
    documented: false,
    description:
      "Largest document, in megabytes, that a user may upload. Images, audio and video have limits of 10, 50 and 100, which UPLOAD_IMAGE_FILE_SIZE_LIMIT, UPLOAD_AUDIO_FILE_SIZE_LIMIT and UPLOAD_VIDEO_FILE_SIZE_LIMIT in environment_variables change; nginx lets the largest through.",
    schema: count(1, 1024),
    default: 15,
  }),
  sandbox_image: variable({
    documented: false,
    description:
      "Image for the code sandbox instead of Dify's own, such as one with [Python packages](operations.md#python-packages-for-code-nodes) " +
      "in it. The tag begins with the version of the sandbox that it is based on: `0.2.15-2`.",
    schema: optionalImage,
    default: "",
  }),
  sandbox_python_requirements_file: variable({
    documented: false,
    file: true,
    description:
      "pip requirements file in the variable file's directory, with [Python packages for code nodes](operations.md#python-packages-for-code-nodes). " +
      "Each pod of the sandbox installs them when it starts, and gets no code before. Empty: only the image's packages.",
    schema: z.string(),
    default: "",
  }),
  ssrf_proxy_allowed_hosts: variable({
    documented: false,
    description:
      "Hosts and ranges that workflows may reach despite the SSRF proxy: internal ones, and with a port (`api.example.com:8443`) public ones too.",
    schema: z.array(hostOrCidr),
    default: [],
  }),
});
