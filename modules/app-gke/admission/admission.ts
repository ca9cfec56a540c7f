import type { Construct } from "constructs";
import type { ApplicationConfig } from "../application-config";
import type { Installation } from "../installation";
import type { EnableApis } from "../google/google-apis";
import { mirrorHost, type SharedServices } from "../google/shared-services";
import type { Lookup } from "../platform/lookup";
import { imageReference, withoutTag } from "../workload/image";
import { podImages } from "../workload/pod-images";
import type { ResolvedWorkload } from "../workload/settings";
import { BinaryAuthorization } from "./binary-authorization";
import { PolicyClaim } from "./policy-claim";
import type { BinaryAuthorizationSettings } from "./settings";

export interface AdmissionProps {
  readonly installation: Installation;
  readonly lookup: Lookup;
  readonly services: SharedServices;
  readonly application: ApplicationConfig;
  /** @default - any image may start */
  readonly binaryAuthorization?: BinaryAuthorizationSettings;
  /** How pods run. @default - nothing runs in the cluster */
  readonly workload?: ResolvedWorkload;
  /** Builds bring images at times that Terraform does not see. @default - none */
  readonly delivery?: {
    /** With one, a job checks each release. @default - none */
    readonly pipeline?: unknown;
  };
  /** Builds an image before the pods start, and attests it: what it replaces never runs. @default - none */
  readonly imageBuild?: { readonly build: { readonly replaces: readonly string[] } };
  /** E-mail address of the account with which another environment's pipeline deploys here. @default - none does */
  readonly deliveredBy?: string;
  readonly enabled: EnableApis;
}

/** Decides which images may start. @returns `undefined` if any may */
export function admission(scope: Construct, props: AdmissionProps): BinaryAuthorization | undefined {
  const { application, binaryAuthorization: settings, deliveredBy, delivery, installation, services, workload } = props;
  if (!settings) {
    // What an earlier apply added to the policy has to be removed from it.
    new PolicyClaim(scope, "binary-authorization", { clusterStays: !services.cluster.create, dependsOn: [] });
    return undefined;
  }
  const mirror = mirrorHost(services, installation);
  const verified = delivery?.pipeline !== undefined || deliveredBy !== undefined;
  const replaced = props.imageBuild?.build.replaces ?? [];
  const images = workload ? podImages(application, services.sql && workload.authProxyImage, verified) : [];
  const attested = workload?.imageDigests ?? {};
  return new BinaryAuthorization(scope, "binary-authorization", {
    installation,
    projectNumber: props.lookup.projectNumber,
    cluster: services.cluster,
    settings,
    images: images
      .filter((image) => !replaced.includes(withoutTag(image)))
      .map((image) => ({
        reference: imageReference(image, { mirror, digests: { ...application.imageDigests, ...attested } }),
        attested: image.includes("@") || Object.hasOwn(attested, image),
      })),
    repository: mirror,
    imagesChangeElsewhere: delivery !== undefined || deliveredBy !== undefined,
    enabled: props.enabled,
  });
}
