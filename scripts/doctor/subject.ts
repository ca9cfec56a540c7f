import type { Variables } from "../../modules/dify-gke/variables";
import type { Resource } from "../stacks/resources";
import type { Google } from "../google-apis/clients";
import type { Finding } from "./finding";

/** One thing that is looked at. */
export interface Check {
  /** `quotas` */
  readonly id: string;
  /** What is being looked at, while it is. */
  readonly title: string;
  readonly look: (subject: Subject) => Promise<readonly Finding[]>;
}

/** What the checks look at. */
export interface Subject {
  readonly variables: Variables;
  /** Of all stacks. */
  readonly resources: readonly Resource[];
  readonly google: Google;
  /** @returns the addresses of a host name. Throws as `node:dns` does. */
  readonly resolve: (host: string) => Promise<readonly string[]>;
}

/** @returns the resources of a type */
export function ofType({ resources }: Subject, type: string): Resource[] {
  return resources.filter((resource) => resource.type === type);
}
