/** What other shared services need to know about the cluster, created here or found. */
export interface ClusterFacts {
  /** E-mail address of the account with which nodes pull images. */
  readonly nodeServiceAccount: string;
  /** Range of the nodes' addresses. */
  readonly nodeCidr: string;
  /** Range of the pods' addresses. */
  readonly podCidr: string;
}
