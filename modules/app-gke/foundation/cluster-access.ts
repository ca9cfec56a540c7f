/** What other shared services need to know about the cluster, made here or found. */
export interface ClusterAccess {
  /** E-mail of the account that nodes pull images as. */
  readonly nodeServiceAccount: string;
  /** Range of the nodes' addresses. */
  readonly nodeCidr: string;
  /** Range of the pods' addresses. */
  readonly podCidr: string;
}
