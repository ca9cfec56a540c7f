import { DataGoogleArtifactRegistryDockerImage } from "@cdktf/provider-google/lib/data-google-artifact-registry-docker-image";
import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import type { BinaryAuthorization } from "../admission/binary-authorization";
import { restScript } from "../google/rest-script";
import type { EnableApis } from "../google/google-apis";
import { mirrorHost, type SharedServices } from "../google/shared-services";
import { hash, type Installation } from "../installation";
import type { Lookup } from "../platform/lookup";
import { resourcesOf } from "../terraform/dependencies";
import { accessToken } from "../terraform/ephemeral";
import { literal, plain, plains } from "../terraform/literal";
import { Propagation } from "../terraform/propagation";
import { quotaProject } from "../terraform/providers";
import { type BuiltImage, mirroredImage } from "../workload/image";
import { Accounts } from "./accounts";
import { imageSteps, unsubstituted } from "./build-steps";
import { ImageRepository } from "./image-repository";
import { readMirror, scanningRights } from "./builder-rights";
import type { ImageBuildSettings } from "./settings";

export interface ImageBuildProps {
  readonly installation: Installation;
  readonly settings: ImageBuildSettings;
  readonly lookup: Lookup;
  readonly services: SharedServices;
  readonly enabled: EnableApis;
  /** Attests what is built. @default - nothing is attested */
  readonly binaryAuthorization?: BinaryAuthorization;
}

/** The longest time for a build, with its scan: the token with which an apply waits for it lasts an hour. */
const BUILD_SECONDS = 3000;

/**
 * An image that is built while Terraform applies, by the steps that a trigger's builds have: a script submits the build and
 * waits for it. Its tag is a hash of what it is made of, so it is built again when that changes, and pods run it by digest.
 *
 * Account and repository are created in `scope`, where a trigger has them too: with one, they stay.
 */
export class ImageBuild extends Construct {
  readonly images: ImageRepository;
  /** What the pods run instead. */
  readonly built: BuiltImage;
  /** The Google service accounts that build, as in a policy. */
  readonly members: readonly string[];
  readonly deliversElsewhere = false;
  /** A tag that all its builds have. */
  readonly buildTag: string;

  constructor(scope: Construct, id: string, props: ImageBuildProps) {
    super(scope, id);
    const { binaryAuthorization, enabled, installation, services, settings } = props;
    const { projectId: project, region: location } = installation;
    const { builder } = new Accounts(scope, "delivery-accounts", {
      installation,
      pipeline: false,
      dependsOn: enabled("iam.googleapis.com", "cloudresourcemanager.googleapis.com"),
    });
    this.members = [builder.member];
    this.images = new ImageRepository(scope, "built-images", {
      installation,
      settings: settings.images ?? {},
      scanned: settings.scanSeverity !== undefined,
      writers: { "builder-writes": builder.member },
      readers: { "nodes-read": `serviceAccount:${props.lookup.cluster.nodeServiceAccount}` },
      dependsOn: enabled("artifactregistry.googleapis.com"),
    });
    const grants: ITerraformDependable[] = [
      ...enabled("cloudbuild.googleapis.com"),
      ...resourcesOf(builder, this.images),
      ...(settings.build.baseImage === undefined ? [] : readMirror(this, { ...props, builder })),
      ...(settings.scanSeverity ? scanningRights(builder, enabled) : []),
      ...(settings.pool
        ? [builder.grantOnProject("roles/cloudbuild.workerPoolUser", settings.pool.split("/")[1])]
        : []),
      ...(binaryAuthorization ? binaryAuthorization.allowSigning(builder.member) : []),
    ];
    const known = new Propagation(this, "known", { after: grants, seconds: 60 });

    const image = `${this.images.host}/${installation.applicationName}`;
    const mirror = mirrorHost(services, installation);
    const tag = tagOf(settings, mirror);
    this.buildTag = installation.resourcePrefix;
    const signer = binaryAuthorization && {
      attestor: binaryAuthorization.attestorId,
      keyVersion: binaryAuthorization.keyVersion,
    };
    const steps = imageSteps({
      ...settings,
      mirror,
      projectId: project,
      pushTo: image,
      replaces: settings.build.replaces,
      revision: tag,
      signer,
      args: unsubstitutedArgs(settings),
    });
    const request = {
      project,
      location,
      image,
      tag,
      impersonate: settings.impersonateServiceAccount ?? "",
      build: {
        // The scripts are not kept in the state.
        steps: steps.map(({ id: step, name, volumes, env }) => ({ id: step, name, volumes, env })),
        source: settings.source && { gitSource: { url: settings.source.url, revision: settings.source.commit } },
        timeout: `${BUILD_SECONDS}s`,
        serviceAccount: builder.id,
        options: { logging: "CLOUD_LOGGING_ONLY", pool: settings.pool && { name: settings.pool } },
        tags: [this.buildTag],
      },
    };
    const build = new DataResource(this, "build", {
      input: request,
      // The checks count as well: an image that was built without them has to be built again to be checked.
      triggersReplace: { project, location, image, tag, severity: settings.scanSeverity ?? "", signer: signer ?? "" },
      provisioners: [
        restScript({
          file: "image_build.py",
          prefix: "IMAGE_BUILD",
          action: "build",
          token: accessToken(this, [known.resource]),
          quotaProject: quotaProject(this),
          more: { SCRIPTS: JSON.stringify(Object.fromEntries(steps.map((step) => [step.id, step.script]))) },
        }),
      ],
      dependsOn: [known.resource, ...grants],
    });
    const found = new DataGoogleArtifactRegistryDockerImage(this, "image", {
      project,
      location,
      repositoryId: this.images.name,
      imageName: `${installation.applicationName}:${tag}`,
      dependsOn: [build],
    });
    this.built = { replaces: settings.build.replaces, reference: found.selfLink };
  }
}

/** @returns a hash of what an image is made of */
function tagOf({ build, source }: ImageBuildSettings, mirror: string | undefined): string {
  const { args = {}, baseImage, context, dockerfile, dockerfileText } = build;
  const base = baseImage && mirroredImage(baseImage, mirror && "mirror");
  return hash(JSON.stringify(plains([dockerfileText ?? dockerfile, context, args, base, source]))).slice(0, 16);
}

/** Without a push there is nothing to substitute, so every dollar sign is escaped. */
function unsubstitutedArgs({ build: { args = {} } }: ImageBuildSettings): Record<string, string> {
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, unsubstituted(literal(plain(value)))]));
}
