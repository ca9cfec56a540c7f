/** Half of a login that KubeBlocks makes for a part of a data cluster, in a Secret of its own. */
export interface DataAccount {
  /** @see docs/kubeblocks.md */
  readonly part: string;
  /** A system account of the ComponentDefinition: `postgres`. @see docs/kubeblocks.md */
  readonly account: string;
  readonly key: "username" | "password";
}
