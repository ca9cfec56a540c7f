import { literal } from "../terraform/literal";
import { projectFile } from "../terraform/project-file";
import { mirroredImage } from "../workload/image";
import type { BuildSettings } from "./settings";

/** A step of Cloud Build: a script of `scripts/delivery`, in an image with all that these need. */
export interface BuildStep {
  readonly id: string;
  readonly name: string;
  readonly script: string;
  readonly volumes: { readonly name: string; readonly path: string }[];
  readonly env: string[];
}

/** Attests images with a key. */
export interface Signer {
  readonly attestor: string;
  readonly keyVersion: string;
}

export interface CheckStepsProps {
  readonly projectId: string;
  /** Vulnerabilities of this severity and above stop a build. @default - images are not scanned */
  readonly scanSeverity?: string;
  /** @default - no attestation */
  readonly signer?: Signer;
}

export interface ImageStepsProps extends CheckStepsProps {
  readonly build: Extract<BuildSettings, { readonly type: "image" }>;
  /** The image to push, without tag. */
  readonly pushTo: string;
  /** What the image stands in for, without tags. */
  readonly replaces: readonly string[];
  /** The image's tag. */
  readonly revision: string;
  /** Build arguments, as Cloud Build reads them: `$NAME` is a substitution. */
  readonly args: Readonly<Record<string, string>>;
  /** Where images of Docker Hub are pulled from. @default - from there itself */
  readonly mirror?: string;
}

/** An image with gcloud, kubectl and Docker's client. */
const TOOLS_IMAGE = "gcr.io/google.com/cloudsdktool/google-cloud-cli:548.0.0";
/** Where a build's steps leave files for one another, separate from the checkout, which may have files of any name. */
const HANDOVER = { name: "delivery", path: "/delivery" } as const;
/** Where a Dockerfile of the settings is written; a repository has no file of that name. */
const WRITTEN_DOCKERFILE = ".settings.Dockerfile";

/** @param script in `scripts/delivery` */
export function buildStep(id: string, script: string, environment: Readonly<Record<string, string>>): BuildStep {
  return {
    id,
    name: TOOLS_IMAGE,
    script: literal(projectFile(`scripts/delivery/${script}`)),
    volumes: [HANDOVER],
    env: Object.entries({ DELIVERY_DIR: HANDOVER.path, ...environment }).map(([name, value]) => `${name}=${value}`),
  };
}

/** @returns the steps that build an image, check it and attest it */
export function imageSteps(props: ImageStepsProps): BuildStep[] {
  const { build, mirror } = props;
  const { baseImage, dockerfileText } = build;
  const base = baseImage === undefined ? {} : { BASE_IMAGE: mirroredImage(baseImage, mirror) };
  return [
    ...(dockerfileText === undefined
      ? []
      : [
          buildStep("dockerfile", "write-dockerfile.sh", {
            DOCKERFILE: WRITTEN_DOCKERFILE,
            DOCKERFILE_CONTENT: unsubstituted(dockerfileText),
          }),
        ]),
    buildStep("build", "build-image.sh", {
      IMAGE: props.pushTo,
      REPLACES: props.replaces.join("\n"),
      COMMIT_SHA: props.revision,
      DOCKERFILE: dockerfileText === undefined ? (build.dockerfile ?? "Dockerfile") : WRITTEN_DOCKERFILE,
      CONTEXT: build.context ?? ".",
      BUILD_ARGS: Object.entries({ ...props.args, ...base })
        .map(([name, value]) => `${name}=${value}`)
        .join("\n"),
    }),
    ...checkSteps(props),
  ];
}

/** @returns the steps that check images and attest them */
export function checkSteps({ projectId, scanSeverity, signer }: CheckStepsProps): BuildStep[] {
  return [
    ...(scanSeverity ? [buildStep("scan", "scan-images.sh", { PROJECT: projectId, SEVERITY: scanSeverity })] : []),
    ...(signer
      ? [buildStep("sign", "sign-images.sh", { ATTESTOR: signer.attestor, KEY_VERSION: signer.keyVersion })]
      : []),
  ];
}

/** Texts that Cloud Build leaves alone: https://cloud.google.com/build/docs/configuring-builds/substitute-variable-values */
export function unsubstituted(text: string): string {
  // U+FDD0 is a dollar sign that `literal` has marked.
  return text.replace(/[$\uFDD0]/g, "$&$&");
}
