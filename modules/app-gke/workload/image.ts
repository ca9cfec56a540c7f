/** Where images come from, and which of them are fixed to one content. */
export interface ImageSource {
  /** `<region>-docker.pkg.dev/<project>/<repository>`, for Docker Hub's. @default - from Docker Hub itself */
  readonly mirror?: string;
  /** `sha256:…` by upstream reference. @default - every image by its tag */
  readonly digests?: Readonly<Record<string, string>>;
}

/** @returns the reference that pods have: with a known digest by that, from the mirror where there is one */
export function imageReference(upstream: string, { mirror, digests = {} }: ImageSource): string {
  const digest = Object.hasOwn(digests, upstream) ? digests[upstream] : undefined;
  // Without its tag: an attestation names repository and digest, and is looked up by just that.
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
