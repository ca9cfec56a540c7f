import { literal, plain } from "../terraform/literal";

/** In UTF-8: https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts#ServiceAccount */
const MOST_BYTES = 100;

/** @returns the display name of a service account, cut where IAM would refuse it */
export function accountTitle(name: string, ending = ""): string {
  const text = plain(name);
  if (Buffer.byteLength(text + ending) <= MOST_BYTES) return `${name}${ending}`;
  let kept = "";
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    if (Buffer.byteLength(`${kept}${segment}…${ending}`) > MOST_BYTES) break;
    kept += segment;
  }
  return `${literal(kept)}…${ending}`;
}
