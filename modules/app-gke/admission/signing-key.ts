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

/** The longest name of a key ring, less a hyphen and the suffix. */
const NAME_LIMIT = 63 - 9;

/** The asymmetric key that attestations are signed with; it never leaves Cloud KMS. */
export class SigningKey extends Construct {
  /** `projects/…/cryptoKeys/<key>`. */
  readonly keyId: string;
  /** Version of the key that signs: `projects/…/cryptoKeyVersions/<number>`. */
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
    // A key ring cannot be deleted and its name is never free again, so an apply after a destroy would be refused.
    // Instead, a new ring gets a new name; the old one stays, without usable keys and free of charge.
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
    // Google numbers versions, and creates the first one together with the key.
    const version = new DataGoogleKmsCryptoKeyVersion(this, "version", { cryptoKey: key.id });
    this.keyId = key.id;
    this.version = version.name;
    this.publicKeyId = version.id;
    // A list with one entry. It is read with `one` instead of an index, so that an answer without it is no error in the
    // configuration.
    this.publicKey = `\${one(${version.fqn}.public_key[*].pem)}`;
  }
}
