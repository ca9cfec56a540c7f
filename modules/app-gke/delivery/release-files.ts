import { stringify } from "yaml";
import type { Job } from "../application-config";
import { databaseAccountOf } from "../platform/database-account";
import { bucketAnnotations, mountsBuckets } from "../workload/bucket-volumes";
import { deploymentValue } from "../workload/deployments";
import { knownContext } from "../workload/known-context";
import { imageReference, withoutTag } from "../workload/image";
import { jobPod } from "../workload/job-pod";
import { JOB_GRACE_SECONDS, placeOf } from "../workload/jobs";
import { commonLabels, selectorLabels } from "../workload/labels";
import { type KubernetesObject, podManifest, workloadManifest } from "../workload/manifest";
import { podGroups } from "../workload/pod-groups";
import { onCloudSql } from "../workload/data-database";
import { withServerCertificate } from "../workload/server-certificate";
import { OUTSIDE_MESH } from "../workload/service-mesh";
import { resolveWorkload } from "../workload/settings";
import { VERIFICATION, VERIFICATION_SECONDS, verification } from "../workload/verification";
import { plains } from "../terraform/literal";
import type { StageSettings } from "./settings";

/**
 * The build replaces this with the release's name: even a release that changes nothing else starts new pods, which read
 * the current configuration and secrets.
 */
const RELEASE_PLACEHOLDER = "release-placeholder";
/** Supported by every version of Skaffold that Cloud Deploy offers. */
const SKAFFOLD_VERSION = "skaffold/v4beta7";

/**
 * @param delivered images that releases replace, as their publishers name them, without tags
 * @returns the manifests of a stage: the Deployments and StatefulSets that Terraform creates there, from the same components
 */
function stageManifests(stage: StageSettings, delivered: readonly string[]): KubernetesObject[] {
  const { application, installation, namespace } = stage;
  const context = contextOf(stage, delivered);
  const { bucketSidecar, deploymentTimeoutSeconds, serviceMesh, topologySpread } = resolveWorkload(stage.pods);
  return podGroups(application.components).map((group) =>
    workloadManifest(
      deploymentValue(group, {
        installation,
        namespace,
        version: application.version,
        context,
        timeoutSeconds: deploymentTimeoutSeconds,
        topologySpread,
        bucketSidecar,
        serviceMesh,
        entryPoint: application.entryPoint,
        annotations: { "delivery/release": RELEASE_PLACEHOLDER },
      }),
    ),
  );
}

/** @returns the jobs that have to finish before a release starts in its stage */
export function jobsBefore({ application }: StageSettings): readonly Job[] {
  return (application.jobs ?? []).filter(({ beforeReleases }) => beforeReleases);
}

/** A job of a release: what only apply knows is in ConfigMaps and Secrets that Terraform creates in the stage. */
function jobManifest(
  stage: StageSettings,
  job: Job,
  delivered: readonly string[],
  timeoutSeconds: number,
): KubernetesObject {
  const { installation, namespace } = stage;
  const labels = { ...commonLabels(installation), ...selectorLabels(installation, job.name) };
  const { database } = stage.application;
  const prepared = withServerCertificate(job, database, onCloudSql(database) && KNOWN_TO_APPLY);
  const pod = jobPod(prepared, contextOf(stage, delivered), {
    restartPolicy: "Never",
    terminationGracePeriodSeconds: JOB_GRACE_SECONDS,
    ...placeOf(job),
  });
  const { bucketSidecar, serviceMesh } = resolveWorkload(stage.pods);
  const annotations = bucketAnnotations([job], bucketSidecar, job.place?.computeClass);
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: `${job.name}-${RELEASE_PLACEHOLDER}`, namespace, labels },
    spec: {
      backoffLimit: job.retries ?? 0,
      activeDeadlineSeconds: timeoutSeconds,
      // Skaffold deletes it; if it could not, a second attempt would find the name taken.
      ttlSecondsAfterFinished: 60,
      template: {
        metadata: {
          labels: { ...labels, ...(serviceMesh && OUTSIDE_MESH) },
          ...(mountsBuckets([job]) && { annotations }),
        },
        spec: podManifest(pod),
      },
    },
  };
}

/**
 * @param delivered images that releases replace, as their publishers name them, without tags
 * @returns the files of a release by name: the Skaffold file, and for each stage a directory with its manifests and its
 * check
 */
export function releaseFiles(
  name: string,
  stages: readonly StageSettings[],
  delivered: readonly string[],
): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  const profiles = stages.map((stage) => {
    const checkJob = verification(stage.application);
    const check = checkJob && jobManifest(stage, checkJob, [], checkJob.timeoutSeconds ?? VERIFICATION_SECONDS);
    const { deploymentTimeoutSeconds } = resolveWorkload(stage.pods);
    const actions = jobsBefore(stage).map((job) => {
      const timeout = job.timeoutSeconds ?? deploymentTimeoutSeconds;
      const manifest = jobManifest(stage, job, delivered, timeout);
      const file = `${stage.name}/${job.name}.yaml`;
      files[file] = yaml(manifest);
      // Skaffold, which reports what failed, has to time out first.
      return { name: job.name, config: { timeout: timeout - 30 }, ...runIn(manifest, file) };
    });
    const manifests = `${stage.name}/deployments.yaml`;
    const checkFile = `${stage.name}/${VERIFICATION}.yaml`;
    files[manifests] = stageManifests(stage, delivered).map(yaml).join("---\n");
    if (check) files[checkFile] = yaml(check);
    return {
      name: stage.name,
      manifests: { rawYaml: [manifests] },
      deploy: { kubectl: { defaultNamespace: stage.namespace } },
      ...(actions.length > 0 && {
        customActions: actions.map(({ name, config, container, executionMode }) => ({
          name,
          executionMode,
          timeout: config.timeout,
          containers: [container],
        })),
      }),
      ...(check && {
        verify: [{ name: check.metadata.name, timeout: VERIFICATION_SECONDS, ...runIn(check, checkFile) }],
      }),
    };
  });
  files["skaffold.yaml"] = yaml({ apiVersion: SKAFFOLD_VERSION, kind: "Config", metadata: { name }, profiles });
  return files;
}

/** Skaffold takes image, command and arguments from here, and everything else from the job's container of that name. */
function runIn(job: KubernetesObject, file: string) {
  const { template } = job.spec as { template: { spec: { containers: JobContainer[] } } };
  const [container] = template.spec.containers;
  return {
    container: container && {
      name: container.name,
      image: container.image,
      command: container.command,
      args: container.args,
    },
    executionMode: { kubernetesCluster: { jobManifestPath: file } },
  };
}

interface JobContainer {
  readonly name: string;
  readonly image: string;
  /** @default - the image's */
  readonly command?: readonly string[];
  /** @default - the image's */
  readonly args?: readonly string[];
}

/** A job's manifest says which files it has, but not their content. */
const KNOWN_TO_APPLY = { privateIp: "", serverCertificate: "" };

function contextOf(stage: StageSettings, delivered: readonly string[]) {
  const { application, installation, images = {} } = stage;
  const { authProxyImage, collectMetrics, sharedFiles } = resolveWorkload(stage.pods);
  const { mirror } = images;
  const digests = { ...application.imageDigests, ...images.digests };
  // Skaffold does not replace an image with a digest, so images that a release replaces are named by tag.
  const others = Object.entries(digests).filter(([image]) => !delivered.includes(withoutTag(image)));
  const source = { mirror, digests: Object.fromEntries(others) };
  return knownContext({
    application,
    resourcePrefix: installation.resourcePrefix,
    databaseAccount: databaseAccountOf(installation).email,
    image: (upstream) => imageReference(upstream, source),
    authProxyImage,
    collectMetrics,
    sharedFiles: sharedFiles && { ...sharedFiles, subPath: installation.resourcePrefix },
  });
}

/** YAML by the JSON of its object: stages and environments share many objects, and writing YAML takes longer than comparing. */
const written = new Map<string, string>();
/** A release has some thirty, of a few kilobytes each. */
const MOST_WRITTEN = 300;

function yaml(value: object): string {
  const key = JSON.stringify(value);
  // With the texts as they were meant, without `literal`'s marks, because quoting depends on them. Without anchors, which would
  // make the text of one object depend on another's.
  const text = written.get(key) ?? stringify(plains(value), { aliasDuplicateObjects: false, lineWidth: 0 });
  if (written.size >= MOST_WRITTEN) written.clear();
  written.set(key, text);
  return text;
}
