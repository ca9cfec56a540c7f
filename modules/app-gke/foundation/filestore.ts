import type { ITerraformDependable, Precondition } from "cdktf";
import { Construct } from "constructs";
import { FilestoreInstance } from "@cdktf/provider-google/lib/filestore-instance";
import { SecretManagerSecret } from "@cdktf/provider-google/lib/secret-manager-secret";
import { keyName } from "../google/encryption";
import { KEYS_LATER, keptKey } from "../google/kept-key";
import { listSecrets } from "../google/secret-list";
import { secretReplication } from "../google/secret-replication";
import type { FilestoreSettings } from "../google/shared-services";
import type { Installation } from "../installation";
import type { Network } from "./network";

export interface FilestoreProps {
  readonly installation: Installation;
  readonly name: string;
  /** Its zone, or its region if it is regional. */
  readonly location: string;
  readonly settings: FilestoreSettings;
  readonly network: Network;
  /** Range of the cluster's nodes, which mount the share for pods. */
  readonly nodeCidr: string;
  /** What has to hold at plan time. */
  readonly precondition: readonly Precondition[];
  readonly dependsOn: readonly ITerraformDependable[];
  readonly secretApis: readonly ITerraformDependable[];
}

/** Name of the share: 16 characters at most. */
const SHARE = "share";
/** Tiers that take a key of your own. @see https://cloud.google.com/filestore/docs/cmek */
const WITH_KEY: readonly FilestoreSettings["tier"][] = ["ZONAL", "REGIONAL"];

/** Filestore with the shared files: an NFS server of Google's, which only the cluster's nodes may mount. */
export class Filestore extends Construct {
  constructor(scope: Construct, id: string, props: FilestoreProps) {
    super(scope, id);
    const { installation, name, location, settings, network } = props;
    const { projectId: project, region, deletionProtection } = installation;
    const key = WITH_KEY.includes(settings.tier) ? keyName(installation.encryption, "filestore", region) : undefined;
    const instance = new FilestoreInstance(this, "instance", {
      project,
      location,
      name,
      tier: settings.tier,
      description: `Shared files of ${installation.resourcePrefix}`,
      kmsKeyName: key,
      deletionProtectionEnabled: deletionProtection,
      deletionProtectionReason: deletionProtection ? "deletion_protection of its variable file" : undefined,
      fileShares: {
        name: SHARE,
        capacityGb: settings.capacityGb,
        // A job of the application makes directories as root; pods are other users.
        nfsExportOptions: [{ ipRanges: [props.nodeCidr], accessMode: "READ_WRITE", squashMode: "NO_ROOT_SQUASH" }],
      },
      networks: [{ network: network.networkId, modes: ["MODE_IPV4"], connectMode: "PRIVATE_SERVICE_ACCESS" }],
      timeouts: { create: "60m", update: "60m", delete: "60m" },
      lifecycle: {
        // https://cloud.google.com/filestore/docs/cmek
        ignoreChanges: ["kms_key_name"],
        postcondition: keptKey({
          purpose: "filestore",
          what: `Filestore ${name}`,
          has: "self.kms_key_name",
          wanted: key,
          way: `To copy the files to an instance with the key: ${KEYS_LATER}`,
        }),
        precondition: [...props.precondition, ...(settings.mayFollowAnother ? [] : [this.filesElsewhere(props)])],
      },
      dependsOn: [...props.dependsOn],
    });
    const { replication, ignoreChanges } = secretReplication(installation);
    new SecretManagerSecret(this, "made", {
      project,
      secretId: settings.madeSecret,
      replication,
      labels: { filestore: name },
      lifecycle: { ignoreChanges: [...ignoreChanges] },
      dependsOn: [...props.secretApis, instance],
    });
  }

  /** The application says where its files are, and they are not left behind. */
  private filesElsewhere({ installation, settings: { releaseSecret: id }, secretApis }: FilestoreProps): Precondition {
    const list = listSecrets(this, "release", installation.projectId, [id], secretApis);
    const places = `[for s in ${list} : lookup(s.labels, "files", "") if s.secret_id == "${id}"]`;
    return {
      condition: `\${length([for p in ${places} : p if p != "filestore"]) == 0}`,
      errorMessage:
        `filestore_tier is set, and the application has its files elsewhere: it would start with an empty share. Set ` +
        `files_move_from = "file_server", and the apply copies them; or "nothing", if nothing of them is needed. See docs/files.md.`,
    };
  }
}
