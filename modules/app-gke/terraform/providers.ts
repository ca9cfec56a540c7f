import { TerraformStack } from "cdktf";
import type { Construct } from "constructs";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { KubernetesProvider } from "@cdktf/provider-kubernetes/lib/provider";
import { accessToken } from "./ephemeral";

/**
 * Versions for the synthesized stacks. CDKTF's prebuilt classes pin the provider versions that they were generated
 * from, which are older than what the stacks need: these constraints replace the pins. Each has a lower bound with a
 * reason, and ends before the next major version, which may rename what is written here.
 */
const PROVIDERS = {
  // 7.16 added the data source for routers; write-only arguments and ephemeral resources came earlier.
  google: { source: "hashicorp/google", version: ">= 7.16.0, < 8.0.0" },
  // The major version that CDKTF's classes were generated from. 3.x would work too, but releases before 3.2.1 fail
  // after creating a Secret with `data_wo`, and nothing here needs its new features.
  kubernetes: { source: "hashicorp/kubernetes", version: ">= 2.38.0, < 3.0.0" },
  // 3.7 added the ephemeral `random_password`.
  random: { source: "hashicorp/random", version: ">= 3.7.0, < 4.0.0" },
  // 3.0 takes the cluster as an attribute, as it is written here, and not as a block.
  helm: { source: "hashicorp/helm", version: ">= 3.0.2, < 4.0.0" },
} as const;

/** 7.33 added `deletion_policy` to keys. An older version destroys a key's versions, and what they encrypted becomes unreadable. */
const WITH_KEYS = { google: { source: "hashicorp/google", version: ">= 7.33.0, < 8.0.0" } } as const;

/** Ephemeral resources came with Terraform 1.10, write-only arguments with 1.11: both keep secrets out of the state. */
const TERRAFORM_VERSION = ">= 1.11.0";

export type ProviderName = keyof typeof PROVIDERS;

/** What CDKTF keeps of `addOverride`, in a field of its own. */
interface Overridden {
  readonly rawOverrides: Partial<Readonly<Record<"terraform", Partial<Requirements>>>>;
}

interface Requirements {
  readonly required_version: string;
  readonly required_providers: Readonly<Record<string, Partial<Readonly<Record<"version", string>>>>>;
}

/**
 * Writes `required_version` and `required_providers` of the stack that a construct is in. `AppGke` and `Foundation` do so for
 * theirs; a stack of your own that uses these providers may, too. A version that the stack has from elsewhere stays.
 * @param createsKeys whether it creates keys in Cloud KMS that encrypt data
 */
export function requireProviders(scope: Construct, names: readonly ProviderName[], createsKeys = false): void {
  const stack = TerraformStack.of(scope);
  const { terraform = {} } = (stack as unknown as Overridden).rawOverrides;
  const { required_providers: has = {}, required_version: version = TERRAFORM_VERSION } = terraform;
  stack.addOverride("terraform.required_version", version);
  const providers = createsKeys ? { ...PROVIDERS, ...WITH_KEYS } : PROVIDERS;
  for (const name of names) {
    const pinned = has[name]?.version ?? PROVIDERS[name].version;
    // A copy: another override of the stack changes it.
    if (pinned === PROVIDERS[name].version)
      stack.addOverride(`terraform.required_providers.${name}`, { ...providers[name] });
  }
}

export interface GoogleProviderProps {
  readonly projectId: string;
  /** Region of resources that name none. */
  readonly region: string;
  /** Labels for everything that can have labels. */
  readonly labels: Readonly<Record<string, string>>;
  /** E-mail address of the service account to act as. @default - the account that runs Terraform */
  readonly impersonateServiceAccount?: string;
  /**
   * Project whose quota requests count against, and whose APIs they use. A person's credentials belong to a project of
   * Google's own, which some APIs do not accept: https://cloud.google.com/docs/quotas/quota-project. Requires
   * `serviceusage.services.use` there.
   * @default - the project that the credentials belong to
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
    // `goog-terraform-provisioned` says nothing that `managed-by` does not, and is only ever added at creation, so
    // environments of different age would differ.
    addTerraformAttributionLabel: false,
  });
  // Set once here instead of at every resource. The provider merges these into a resource's own labels and leaves
  // labels from elsewhere alone, so later plans show no difference. They reach every resource whose argument is
  // `labels` or `resource_labels`; Cloud SQL's `user_labels` and the labels of snapshots are set at those resources.
  // Set by override, because CDKTF takes a provider's map for arguments and would turn `managed-by` into `managed_by`.
  provider.addOverride("default_labels", { ...props.labels });
  return provider;
}

/**
 * The plugin as client-go runs it, with the application default credentials, which the Google provider uses too. It does not store
 * their tokens. With its other source, gcloud's credentials, it would store one next to the kubeconfig:
 * https://github.com/kubernetes/cloud-provider-gcp/blob/master/cmd/gke-gcloud-auth-plugin/cred.go.
 */
export const PLUGIN = {
  apiVersion: "client.authentication.k8s.io/v1beta1",
  command: "gke-gcloud-auth-plugin",
  args: ["--use_application_default_credentials"],
};

/** @returns the project whose quota the stack's requests count against; `undefined`: that of the credentials */
export function quotaProject(scope: Construct): string | undefined {
  const provider = TerraformStack.of(scope).node.tryFindChild(GOOGLE);
  return provider instanceof GoogleProvider ? provider.billingProject : undefined;
}

/**
 * How Terraform signs in to the cluster. `token`: with the Google provider's own token, read once per run, which can
 * expire during it. `plugin`: with `gke-gcloud-auth-plugin`, which has to be installed and renews the token from the
 * application default credentials:
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
    // GKE and Autopilot add these to objects that Terraform manages; they are not ours to remove.
    ignoreAnnotations: ["^autopilot\\.gke\\.io\\/.*", "^cloud\\.google\\.com\\/neg.*"],
  });
}
