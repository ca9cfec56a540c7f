import { stringify } from "yaml";
import { knownContext } from "../workload/known-names";
import { deploymentValue, podGroups } from "../workload/deployments";
import { imageReference, withoutTag } from "../workload/image";
import { commonLabels, selectorLabels } from "../workload/labels";
import { deploymentManifest, type KubernetesObject, podManifest } from "../workload/manifest";
import { podSpec } from "../workload/pod";
import { resolveWorkload } from "../workload/settings";
import { VERIFICATION, VERIFICATION_SECONDS, verification } from "../workload/verification";
import type { StageSettings } from "./settings";

/**
 * Stands in the files where the build writes the release's name: a release that changes nothing else starts new pods as
 * well, which then read the configuration and the secrets of that day.
 */
const RELEASE_PLACEHOLDER = "release-placeholder";
/** Understood by every version of Skaffold that Cloud Deploy offers. */
const SKAFFOLD_VERSION = "skaffold/v4beta7";

/**
 * @param delivered images that releases replace, as their publishers name them, without tag
 * @returns the manifests of a stage: the Deployments that Terraform makes there, from the same components
 */
function stageManifests(stage: StageSettings, delivered: readonly string[]): KubernetesObject[] {
  const { application, installation, namespace } = stage;
  const context = contextOf(stage, delivered);
  const { deploymentTimeoutSeconds, topologySpread } = resolveWorkload(stage.pods);
  return podGroups(application.components).map((group) =>
    deploymentManifest(
      deploymentValue(group, {
        installation,
        namespace,
        version: application.version,
        context,
        timeoutSeconds: deploymentTimeoutSeconds,
        topologySpread,
        annotations: { "delivery/release": RELEASE_PLACEHOLDER },
      }),
    ),
  );
}

/** @returns the job that checks a release in its stage. `undefined` where the application names no health path */
function verificationManifest(stage: StageSettings): KubernetesObject | undefined {
  const { application, installation, namespace } = stage;
  const job = verification(application);
  if (!job) return undefined;
  const labels = { ...commonLabels(installation), ...selectorLabels(installation, job.name) };
  const pod = podSpec([job], contextOf(stage, []), { restartPolicy: "Never", terminationGracePeriodSeconds: 30 });
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name: `${VERIFICATION}-${RELEASE_PLACEHOLDER}`, namespace, labels },
    spec: {
      backoffLimit: job.retries ?? 0,
      activeDeadlineSeconds: job.timeoutSeconds,
      // Skaffold takes it away itself; where it could not, a second try would find the name taken.
      ttlSecondsAfterFinished: 60,
      template: { metadata: { labels }, spec: podManifest(pod) },
    },
  };
}

/**
 * @param delivered images that releases replace, as their publishers name them, without tag
 * @returns the files of a release by name: Skaffold's own, and in a directory for each stage its manifests and its check
 */
export function releaseFiles(
  name: string,
  stages: readonly StageSettings[],
  delivered: readonly string[],
): Readonly<Record<string, string>> {
  const files: Record<string, string> = {};
  const profiles = stages.map((stage) => {
    const check = verificationManifest(stage);
    const manifests = `${stage.name}/deployments.yaml`;
    const checkFile = `${stage.name}/${VERIFICATION}.yaml`;
    files[manifests] = stageManifests(stage, delivered).map(yaml).join("---\n");
    if (check) files[checkFile] = yaml(check);
    return {
      name: stage.name,
      manifests: { rawYaml: [manifests] },
      deploy: { kubectl: { defaultNamespace: stage.namespace } },
      ...(check && { verify: [verifyTest(check, checkFile)] }),
    };
  });
  files["skaffold.yaml"] = yaml({ apiVersion: SKAFFOLD_VERSION, kind: "Config", metadata: { name }, profiles });
  return files;
}

/** Skaffold takes image, command and arguments from here and everything else from the job's container of that name. */
function verifyTest(check: KubernetesObject, file: string) {
  const { template } = check.spec as { template: { spec: { containers: VerifyContainer[] } } };
  const [container] = template.spec.containers;
  return {
    name: check.metadata.name,
    timeout: VERIFICATION_SECONDS,
    container: container && {
      name: container.name,
      image: container.image,
      command: container.command,
      args: container.args,
    },
    executionMode: { kubernetesCluster: { jobManifestPath: file } },
  };
}

interface VerifyContainer {
  readonly name: string;
  readonly image: string;
  readonly command: readonly string[];
  readonly args: readonly string[];
}

function contextOf(stage: StageSettings, delivered: readonly string[]) {
  const { application, installation, images = {} } = stage;
  const { authProxyImage, sharedFiles } = resolveWorkload(stage.pods);
  const { digests = {}, mirror } = images;
  // Skaffold leaves an image with a digest as it is, so what a release replaces goes by its tag.
  const others = Object.entries(digests).filter(([image]) => !delivered.includes(withoutTag(image)));
  const source = { mirror, digests: Object.fromEntries(others) };
  return knownContext({
    application,
    image: (upstream) => imageReference(upstream, source),
    authProxyImage,
    sharedFiles: sharedFiles && { ...sharedFiles, subPath: installation.resourcePrefix },
  });
}

function yaml(value: object): string {
  // Without anchors, which would make one object's text depend on another's.
  return stringify(value, { aliasDuplicateObjects: false, lineWidth: 0 });
}
