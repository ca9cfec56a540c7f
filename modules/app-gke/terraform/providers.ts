import type { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { accessToken } from "./ephemeral";

/**
 * What the synthesized stacks ask of Terraform. CDKTF's prebuilt classes pin the provider version that they were
 * generated from, which is older than what the stacks need: these constraints replace the pins. Each has a lower bound
 * with a reason and stops before the next major version, which may rename what is written here.
 */
const PROVIDERS = {
  // 7.16 brought the data source of routers; write-only arguments and ephemeral resources came before.
  google: { source: "hashicorp/google", version: ">= 7.16.0, < 8.0.0" },
  // The line that CDKTF's classes were made from. 3.x would take the stacks as well, but releases before 3.2.1 fail after
  // creating a Secret with `data_wo`, and nothing here needs what is new in it.
  kubernetes: { source: "hashicorp/kubernetes", version: ">= 2.38.0, < 3.0.0" },
  // 3.7 brought the ephemeral `random_password`.
  random: { source: "hashicorp/random", version: ">= 3.7.0, < 4.0.0" },
} as const;

/** Ephemeral resources came with Terraform 1.10, write-only arguments with 1.11: both keep secrets out of the state. */
const TERRAFORM_VERSION = ">= 1.11.0";

export type ProviderName = keyof typeof PROVIDERS;

/** Writes a stack's `required_version` and `required_providers`. */
export function requireProviders(stack: TerraformStack, names: readonly ProviderName[]): void {
  stack.addOverride("terraform.required_version", TERRAFORM_VERSION);
  for (const name of names) stack.addOverride(`terraform.required_providers.${name}`, PROVIDERS[name]);
}

export interface GoogleProviderProps {
  readonly projectId: string;
  /** Region of resources that name none. */
  readonly region: string;
  /** Labels of everything that can carry any. */
  readonly labels: Readonly<Record<string, string>>;
  /** Service account to act as, by e-mail. @default - whoever runs Terraform */
  readonly impersonateServiceAccount?: string;
}

/** Adds the Google provider to the stack of `scope`. */
export function googleProvider(scope: Construct, props: GoogleProviderProps): GoogleProvider {
  const provider = new GoogleProvider(scope, "google", {
    project: props.projectId,
    region: props.region,
    impersonateServiceAccount: props.impersonateServiceAccount,
    // `goog-terraform-provisioned` says nothing that `managed-by` does not, and is only ever added at creation: two
    // environments of different age would not look alike.
    addTerraformAttributionLabel: false,
  });
  // Set once here instead of at every resource, where it would be forgotten. The provider merges them into a resource's
  // own labels and never touches labels that others set, so they cause no difference in later plans. They reach every
  // resource whose argument is `labels` or `resource_labels`; Cloud SQL's `user_labels` and the labels of snapshots are
  // set there. An override, as CDKTF takes a provider's map for arguments and would make `managed-by` `managed_by`.
  provider.addOverride("default_labels", { ...props.labels });
  return provider;
}

/** Adds the Kubernetes provider to the stack of `scope`. */
export function kubernetesProvider(
  scope: Construct,
  cluster: {
    /** `https://…` of the control plane. */
    readonly host: string;
    /** PEM. */
    readonly caCertificate: string;
  },
): KubernetesProvider {
  return new KubernetesProvider(scope, "kubernetes", {
    host: cluster.host,
    clusterCaCertificate: cluster.caCertificate,
    token: accessToken(scope),
    // GKE and Autopilot write these into objects that Terraform manages; they are not ours to remove.
    ignoreAnnotations: ["^autopilot\\.gke\\.io\\/.*", "^cloud\\.google\\.com\\/neg.*"],
  });
}
