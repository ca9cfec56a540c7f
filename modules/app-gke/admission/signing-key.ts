import { DataGoogleKmsCryptoKeyVersion } from "@cdktf/provider-google/lib/data-google-kms-crypto-key-version";
import { KmsCryptoKey } from "@cdktf/provider-google/lib/kms-crypto-key";
import { KmsKeyRing } from "@cdktf/provider-google/lib/kms-key-ring";
import { Id } from "@cdktf/provider-random/lib/id";
import { RandomProvider } from "@cdktf/provider-random/lib/provider";
import { type ITerraformDependable, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { type Installation, prefixedName } from "../installation";

export interface SigningKeyProps {
  readonly installation: Installation;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Longest name of a key ring, less a hyphen and the suffix. */
const NAME_LIMIT = 63 - 9;

/** The key that attestations are signed with: an asymmetric one that never leaves Cloud KMS. */
export class SigningKey extends Construct {
  /** `projects/…/cryptoKeys/<key>`. */
  readonly keyId: string;
  /** `projects/…/cryptoKeyVersions/<number>`: what signs. */
  readonly version: string;
  /** `//cloudkms.googleapis.com/v1/<version>`: how a signature names its key. */
  readonly publicKeyId: string;
  /** PEM. */
  readonly publicKey: string;

  constructor(scope: Construct, id: string, props: SigningKeyProps) {
    super(scope, id);
    const { installation } = props;
    const stack = TerraformStack.of(this);
    if (!RandomProvider.isConstruct(stack.node.tryFindChild("random"))) new RandomProvider(stack, "random");
    // A key ring cannot be deleted and its name is never free again, so an apply after a destroy would be refused. A new
    // ring gets a new name instead; the old one stays behind, empty of usable keys and free of charge.
    const suffix = new Id(this, "suffix", { byteLength: 4 });
    const ring = new KmsKeyRing(this, "ring", {
      project: installation.projectId,
      location: installation.region,
      name: `${prefixedName(installation, "signing", NAME_LIMIT)}-${suffix.hex}`,
      dependsOn: [...props.dependsOn],
    });
    const key = new KmsCryptoKey(this, "key", {
      keyRing: ring.id,
      name: "attestations",
      purpose: "ASYMMETRIC_SIGN",
      versionTemplate: { algorithm: "EC_SIGN_P256_SHA256", protectionLevel: "SOFTWARE" },
    });
    // Google numbers versions, and the first one comes with the key.
    const version = new DataGoogleKmsCryptoKeyVersion(this, "version", { cryptoKey: key.id });
    this.keyId = key.id;
    this.version = version.name;
    this.publicKeyId = version.id;
    // A list with one entry, which `one` says instead of an index: an answer without it is no mistake of the program's.
    this.publicKey = `\${one(${version.fqn}.public_key[*].pem)}`;
  }
}
