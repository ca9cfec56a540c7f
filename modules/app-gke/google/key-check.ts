import { DataGoogleKmsCryptoKey } from "@cdktf/provider-google/lib/data-google-kms-crypto-key";
import type { ITerraformDependable } from "cdktf";
import type { Construct } from "constructs";
import { type EncryptionSettings, inLocation, keyId, type KeyPurpose, keyRingName } from "./encryption";
import type { Installation } from "../installation";

/** @returns what to do about a key whose primary version is not enabled; sentences with a command at the end */
export function unusableKey(fullName: string, state: string): string {
  return (
    `The primary version of key ${fullName} is not enabled but ${state}: nothing new can be encrypted with it, and what it ` +
    `has encrypted may be unreadable. Enable it, or restore it before its destruction is due: ` +
    `gcloud kms keys versions list --key=${fullName}. If nothing needs that version any more, make another one: ` +
    `gcloud kms keys versions create --key=${fullName} --primary`
  );
}

/** Checks at plan time that keys exist, made here or not, and that they can encrypt. */
export function checkKeys(scope: Construct, { installation, encryption, purposes, dependsOn }: Checked): void {
  for (const { purpose, location } of encryption.keys.filter((key) => purposes.includes(key.purpose))) {
    const name = keyId(encryption, purpose);
    const keyRing = keyRingName(encryption, location);
    const state = `try(self.primary[0].state, "NONE")`;
    new DataGoogleKmsCryptoKey(scope, `key-${inLocation(purpose, location, installation.region)}`, {
      keyRing,
      name,
      // Until the API is on in the project whose quota the request counts against, this is read only at the apply.
      dependsOn: [...dependsOn],
      lifecycle: {
        postcondition: [
          {
            condition: `\${self.purpose == "ENCRYPT_DECRYPT"}`,
            errorMessage:
              `Key ${keyRing}/cryptoKeys/${name} has the purpose \${self.purpose}, and this environment needs ENCRYPT_DECRYPT: ` +
              `Google would refuse it. Name another key in kms_key_names.`,
          },
          {
            condition: `\${${state} == "ENABLED"}`,
            errorMessage: unusableKey(`${keyRing}/cryptoKeys/${name}`, `\${lower(replace(${state}, "_", " "))}`),
          },
        ],
      },
    });
  }
}

interface Checked {
  readonly installation: Installation;
  readonly encryption: EncryptionSettings;
  /** Purposes of the keys that the stack uses. */
  readonly purposes: readonly KeyPurpose[];
  /** Cloud KMS's API. */
  readonly dependsOn: readonly ITerraformDependable[];
}
