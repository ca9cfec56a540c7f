import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { Manifest } from "@cdktf/provider-kubernetes/lib/manifest";
import {
  NetworkPolicyV1,
  type NetworkPolicyV1SpecEgress,
  type NetworkPolicyV1SpecPodSelector,
} from "@cdktf/provider-kubernetes/lib/network-policy-v1";
import type { DataCluster } from "../application-config";
import type { PrivatelyUsed } from "../google/privately-used";
import { restScript } from "../google/rest-script";
import { type Installation, limitName } from "../installation";
import { DATA_BACKUPS_FOLDER } from "../platform/data-backup-access";
import { clusterScript, type ClusterAccess } from "../terraform/cluster-script";
import { accessToken } from "../terraform/ephemeral";
import { quotaProject } from "../terraform/providers";
import { takeBack } from "../terraform/removed";
import { dataClusterNames } from "./data-names";
import { commonLabels } from "./labels";
import { googleApis, nameService, tcp } from "./policy-rules";

export interface DataBackupsProps {
  readonly installation: Installation;
  readonly clusters: readonly DataCluster[];
  readonly namespace: string;
  /** The same as plain text. */
  readonly plainNamespace: string;
  /** Name of the bucket that backups are written to. */
  readonly bucket: string;
  /** Whether pods of the namespace only reach what a policy opens. */
  readonly segmentation: boolean;
  /** Whether others may have pods in the namespace. */
  readonly sharedNamespace: boolean;
  readonly privatelyUsed: PrivatelyUsed;
  /** CIDR of the control plane's address, as pods reach it. */
  readonly controlPlaneCidr: string;
  readonly access: ClusterAccess;
  /** E-mail address of the service account to act as. @default - the account that runs Terraform */
  readonly impersonateServiceAccount?: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/apis/dataprotection/v1alpha1/groupversion_info.go */
const API = "dataprotection.kubeblocks.io/v1alpha1";
/** Label of the pods that copy. @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/dataprotection/types/constant.go#L80 */
export const BACKUP_LABEL = "dataprotection.kubeblocks.io/backup-name";
/** Label of the pods that restore a copy. @see https://github.com/apecloud/kubeblocks/blob/v1.0.2/pkg/dataprotection/restore/types.go#L50 */
const RESTORE_LABEL = "dataprotection.kubeblocks.io/restore";
/** Longest name of a BackupRepo, which is also a label value: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/. */
const LIMIT = 50;
const SECONDS = 600;
/** Id of the construct whose script runs at destroy. */
const UNUSED = "unused";

/**
 * Configures Cloud Storage in the operator's tool, which contains rclone, so that it signs in as the pod: the operator's own
 * storages only sign in with keys.
 * @see https://github.com/apecloud/datasafed/blob/v0.2.3/pkg/storage/rclone/rclone.go
 * @see https://rclone.org/googlecloudstorage/
 */
const TOOL_CONFIGURATION = `[storage]
type = google cloud storage
env_auth = true
bucket_policy_only = true
no_check_bucket = true
root = {{ index .Parameters "bucket" }}
`;

/**
 * Where KubeBlocks copies its databases to: a folder of the bucket of backups, with its pods' own identity. Only KubeBlocks deletes
 * copies, so this is destroyed only once no copy is left.
 */
export class DataBackups extends Construct {
  /** Name of the BackupRepo. */
  readonly repository: string;
  /** What exists once the operator has tested the repository. */
  readonly ready: readonly ITerraformDependable[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: DataBackupsProps,
  ) {
    super(scope, id);
    const { access, bucket, clusters, dependsOn, installation, plainNamespace } = props;
    // These kinds have no namespace: a name has to be unique in the cluster.
    const name = limitName(`${plainNamespace}-${installation.applicationName}`, LIMIT);
    this.repository = name;
    const metadata = { name, labels: commonLabels(installation) };
    const provider = new Manifest(this, "provider", {
      manifest: {
        apiVersion: API,
        kind: "StorageProvider",
        metadata,
        spec: {
          datasafedConfigTemplate: TOOL_CONFIGURATION,
          parametersSchema: {
            openAPIV3Schema: { type: "object", required: ["bucket"], properties: { bucket: { type: "string" } } },
          },
        },
      },
      dependsOn: [...dependsOn],
    });
    // In a namespace of others, the default policy only denies pods with our labels. KubeBlocks' pods have none, so they need no
    // rules, and rules would confine those of others too.
    const policies = props.segmentation && !props.sharedNamespace ? this.policies() : [];
    const repository = new Manifest(this, "repository", {
      manifest: {
        apiVersion: API,
        kind: "BackupRepo",
        metadata,
        spec: {
          storageProviderRef: name,
          accessMethod: "Tool",
          pvReclaimPolicy: "Retain",
          pathPrefix: DATA_BACKUPS_FOLDER,
          config: { bucket },
        },
      },
      timeouts: { create: "10m", update: "10m", delete: "10m" },
      dependsOn: [provider, ...policies],
    });
    const input = { name, timeoutSeconds: SECONDS };
    const tried = new DataResource(this, "tried", {
      input,
      triggersReplace: { ...input, bucket },
      dependsOn: [repository],
      provisioners: [clusterScript("repository", access, accessToken(this, [repository]))],
    });
    // Destroyed after the databases that are backed up, so that the script looks when their copies are gone as well.
    const unused = new DataResource(this, UNUSED, {
      input: {
        ...{
          namespace: plainNamespace,
          host: access.host,
          ca: access.caCertificate,
          impersonate: props.impersonateServiceAccount ?? "",
        },
        // Clusters that are no longer in use may have copies too, and are not destroyed with the others.
        clusters: clusters.flatMap((cluster) => dataClusterNames(installation, cluster)),
        repository: name,
      },
      provisioners: [look(this)],
      dependsOn: [repository],
    });
    this.ready = [tried, unused];
  }

  /** Rules for pods that copy, restore and delete. Those that delete copies only have the labels of their job. */
  private policies(): readonly ITerraformDependable[] {
    const { controlPlaneCidr, privatelyUsed } = this.props;
    const storage = [...nameService(), ...googleApis(privatelyUsed)];
    const databases = { to: [{ podSelector: { matchLabels: { "app.kubernetes.io/managed-by": "kubeblocks" } } }] };
    const control = { to: [{ ipBlock: { cidr: controlPlaneCidr } }], ports: tcp(443) };
    return [
      this.policy("backups", exists(BACKUP_LABEL), [...storage, databases, control]),
      this.policy("restores", exists(RESTORE_LABEL), [...storage, databases, control]),
      this.policy(
        "deletions",
        {
          matchExpressions: [
            { key: "batch.kubernetes.io/job-name", operator: "Exists" },
            { key: "app.kubernetes.io/instance", operator: "DoesNotExist" },
          ],
        },
        storage,
      ),
    ];
  }

  private policy(
    what: string,
    podSelector: NetworkPolicyV1SpecPodSelector,
    egress: NetworkPolicyV1SpecEgress[],
  ): NetworkPolicyV1 {
    const { installation, namespace } = this.props;
    return new NetworkPolicyV1(this, what, {
      metadata: {
        name: `${installation.applicationName}-data-${what}`,
        namespace,
        labels: commonLabels(installation),
      },
      spec: { podSelector, policyTypes: ["Ingress", "Egress"], egress },
    });
  }
}

/** Looks for copies also when KubeBlocks' backups are turned off. @param id of the construct that an earlier apply may have made */
export function removeDataBackups(scope: Construct, id: string): void {
  takeBack(scope, [id, UNUSED], look(scope));
}

function look(scope: Construct) {
  return restScript({
    ...{ file: "data_backups.py", prefix: "BACKUPS", action: "unused", atDestroy: true },
    quotaProject: quotaProject(scope),
  });
}

/** @returns pods with that label, whatever its value */
function exists(key: string): NetworkPolicyV1SpecPodSelector {
  return { matchExpressions: [{ key, operator: "Exists" }] };
}
