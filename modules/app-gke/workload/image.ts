/** Where images come from, and which of them are pulled by digest. */
export interface ImageSource {
  /**
   * `<region>-docker.pkg.dev/<project>/<repository>`, for images from Docker Hub.
   * @see https://cloud.google.com/artifact-registry/docs/repositories/remote-overview
   * @default - from Docker Hub itself
   */
  readonly mirror?: string;
  /**
   * `sha256:…` by the image's name at its publisher.
   * @see https://kubernetes.io/docs/concepts/containers/images/#image-names
   * @default - all are pulled by tag
   */
  readonly digests?: Readonly<Record<string, string>>;
}

/** An image that is built here, and runs instead of others. */
export interface BuiltImage {
  /** Images as their publishers name them, without tags. */
  readonly replaces: readonly string[];
  /** With its digest; a Terraform expression. */
  readonly reference: string;
}

/** @returns the reference for pods: by digest if it is known, from the mirror if there is one */
export function imageReference(upstream: string, { mirror, digests = {} }: ImageSource): string {
  const digest = Object.hasOwn(digests, upstream) ? digests[upstream] : undefined;
  // Without its tag: an attestation is found by repository and digest alone.
  const reference = digest === undefined ? upstream : `${withoutTag(upstream)}@${digest}`;
  return mirroredImage(reference, mirror);
}

/**
 * Where an image is pulled from: Docker Hub's through the mirror, others from their own registry.
 * @param upstream as its publisher names it: `nginx:1.29`, `langgenius/dify-api:1.16.1`, `gcr.io/project/image:tag`
 * @param mirror `<region>-docker.pkg.dev/<project>/<repository>`
 */
export function mirroredImage(upstream: string, mirror?: string): string {
  if (!mirror || registryOf(upstream) !== undefined) return upstream;
  return `${mirror}/${upstream.includes("/") ? "" : "library/"}${upstream}`;
}

/** @returns the registry that a reference names; `undefined` for Docker Hub's short form */
export function registryOf(reference: string): string | undefined {
  const [first = "", ...rest] = reference.split("/");
  const named = rest.length > 0 && (first.includes(".") || first.includes(":") || first === "localhost");
  return named ? first : undefined;
}

/** @returns an image reference without tag and digest: `nginx:1.29` → `nginx` */
export function withoutTag(image: string): string {
  return image.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
}
