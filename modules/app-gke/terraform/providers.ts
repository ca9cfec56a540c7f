import { TerraformStack } from "cdktf";
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
  /**
   * Project that requests count for, and whose APIs have to be on for them. A person's credentials belong to a project of
   * Google's own, which some APIs do not take: https://cloud.google.com/docs/quotas/quota-project. Takes
   * `serviceusage.services.use` there.
   * @default - the one that the credentials belong to
   */
  readonly quotaProject?: string;
}

/** Construct id of the Google provider in its stack. */
const GOOGLE = "google";

/** Adds the Google provider to the stack of `scope`. */
export function googleProvider(scope: Construct, props: GoogleProviderProps): GoogleProvider {
  const provider = new GoogleProvider(scope, GOOGLE, {
    project: props.projectId,
    region: props.region,
    impersonateServiceAccount: props.impersonateServiceAccount,
    billingProject: props.quotaProject,
    userProjectOverride: props.quotaProject === undefined ? undefined : true,
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

/**
 * The plugin as client-go runs it. Of its two sources these are the credentials that the Google provider has as well; it
 * keeps no token of theirs, where it would keep one of gcloud's next to the kubeconfig for whoever comes next:
 * https://github.com/kubernetes/cloud-provider-gcp/blob/master/cmd/gke-gcloud-auth-plugin/cred.go.
 */
const PLUGIN = {
  apiVersion: "client.authentication.k8s.io/v1beta1",
  command: "gke-gcloud-auth-plugin",
  args: ["--use_application_default_credentials"],
};

/** @returns the project that requests of the stack of `scope` count for; `undefined`: that of the credentials */
export function quotaProject(scope: Construct): string | undefined {
  const provider = TerraformStack.of(scope).node.tryFindChild(GOOGLE);
  return provider instanceof GoogleProvider ? provider.billingProject : undefined;
}

/**
 * How the cluster knows who Terraform is. `token`: the Google provider's own, read once a run; it ends when it ends.
 * `plugin`: `gke-gcloud-auth-plugin`, which has to be installed and renews it, from the application default credentials:
 * https://cloud.google.com/kubernetes-engine/docs/how-to/cluster-access-for-kubectl#install_plugin.
 */
export type KubernetesCredentials = "token" | "plugin";

/** Adds the Kubernetes provider to the stack of `scope`. */
export function kubernetesProvider(
  scope: Construct,
  cluster: {
    /** `https://…` of the control plane. */
    readonly host: string;
    /** PEM. */
    readonly caCertificate: string;
  },
  credentials: KubernetesCredentials = "token",
): KubernetesProvider {
  return new KubernetesProvider(scope, "kubernetes", {
    host: cluster.host,
    clusterCaCertificate: cluster.caCertificate,
    ...(credentials === "plugin" ? { exec: [PLUGIN] } : { token: accessToken(scope) }),
    // GKE and Autopilot write these into objects that Terraform manages; they are not ours to remove.
    ignoreAnnotations: ["^autopilot\\.gke\\.io\\/.*", "^cloud\\.google\\.com\\/neg.*"],
  });
}
