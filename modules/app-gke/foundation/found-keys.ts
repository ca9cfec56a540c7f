import { DataGoogleKmsCryptoKeys } from "@cdktf/provider-google/lib/data-google-kms-crypto-keys";
import { DataGoogleKmsKeyRings } from "@cdktf/provider-google/lib/data-google-kms-key-rings";
import { DataGoogleProjectService } from "@cdktf/provider-google/lib/data-google-project-service";
import { Construct } from "constructs";
import { isOn } from "../google/api-state";
import { unusableKey } from "../google/key-check";
import { type EncryptionSettings, keyRingName } from "../google/encryption";
import { importFound } from "../terraform/import-found";
import type { KmsCryptoKey } from "@cdktf/provider-google/lib/kms-crypto-key";
import type { KmsKeyRing } from "@cdktf/provider-google/lib/kms-key-ring";

export interface FoundKeysProps {
  readonly encryption: EncryptionSettings;
  readonly location: string;
}

/**
 * A key ring and its keys as they are at plan time. Google deletes neither, so what an earlier apply has created is
 * there after a destroy, after it was turned off, and after the state was lost: it is taken into the state again, by its
 * name.
 */
export class FoundKeys extends Construct {
  /** Terraform expressions of lists. */
  private readonly rings: string;
  private readonly keys: string;

  constructor(scope: Construct, id: string, { encryption, location }: FoundKeysProps) {
    super(scope, id);
    const { projectId: project } = encryption.keyRing;
    const ring = keyRingName(encryption, location);
    // Read at every plan, also at the first one: it must not wait for the API. Where that is off, there are no keys.
    const api = new DataGoogleProjectService(this, "api", { project, service: "cloudkms.googleapis.com" });
    const rings = new DataGoogleKmsKeyRings(this, "rings", { project, location, filter: `name=${ring}` });
    rings.addOverride("count", `\${${isOn(api)} ? 1 : 0}`);
    this.rings = `[for r in flatten(data.${rings.terraformResourceType}.${rings.friendlyUniqueId}[*].key_rings) : r.id if r.id == "${ring}"]`;
    const keys = new DataGoogleKmsCryptoKeys(this, "keys", { keyRing: ring });
    keys.addOverride("count", `\${length(${this.rings})}`);
    this.keys = `flatten(data.${keys.terraformResourceType}.${keys.friendlyUniqueId}[*].keys)`;
  }

  takeRing(ring: KmsKeyRing): void {
    importFound(ring, this.rings);
  }

  /** Takes the key of this name, and refuses a plan if it encrypts nothing any more. */
  takeKey(key: KmsCryptoKey, name: string, fullName: string): void {
    const found = `[for k in ${this.keys} : k if k.name == "${name}"]`;
    importFound(key, `[for k in ${found} : k.id]`);
    const state = `try(k.primary[0].state, "NONE")`;
    const unusable = `[for k in ${found} : lower(replace(${state}, "_", " ")) if ${state} != "ENABLED"]`;
    key.lifecycle = {
      ...key.lifecycle,
      precondition: [
        {
          condition: `\${length(${unusable}) == 0}`,
          errorMessage: unusableKey(fullName, `\${join(", ", ${unusable})}`),
        },
      ],
    };
  }
}
