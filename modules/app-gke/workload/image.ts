/**
 * Where an image is pulled from: Docker Hub's through the mirror, others from their own registry.
 * @param upstream as its publisher names it: `nginx:1.29`, `langgenius/dify-api:1.16.1`, `gcr.io/project/image:tag`
 * @param mirror `<region>-docker.pkg.dev/<project>/<repository>`
 */
export function mirroredImage(upstream: string, mirror?: string): string {
  const [first = "", ...rest] = upstream.split("/");
  const otherRegistry = rest.length > 0 && (first.includes(".") || first.includes(":") || first === "localhost");
  if (!mirror || otherRegistry) return upstream;
  return `${mirror}/${rest.length === 0 ? "library/" : ""}${upstream}`;
}

/** @returns an image reference without tag and digest: `nginx:1.29` → `nginx` */
export function repositoryOf(image: string): string {
  return image.replace(/@.*$/, "").replace(/:[^:/]*$/, "");
}
