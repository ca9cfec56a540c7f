/** What a key of your own encrypts. The key is named like its purpose unless `names` says otherwise. */
export type KeyPurpose = (typeof KEY_PURPOSES)[number];

/**
 * - `buckets`: objects, also what a delivery pipeline renders
 * - `images`: repositories in Artifact Registry
 * - `database`: the Cloud SQL instance with its backups
 * - `files`: disks of the file server, and snapshots of its data
 * - `nodes`: boot disks of the cluster's nodes
 * - `cluster`: Kubernetes Secrets in the cluster's own database
 * - `secrets`: values in Secret Manager
 * - `messages`: Pub/Sub topics
 * - `logs`: the log bucket of an environment
 * - `filestore`: Filestore, where the foundation makes it in a tier that takes a key
 * - `redis`: Memorystore, where the foundation makes it
 */
export const KEY_PURPOSES = [
  "buckets",
  "images",
  "database",
  "files",
  "nodes",
  "cluster",
  "secrets",
  "messages",
  "logs",
  "redis",
  "filestore",
] as const;

/** A key, and where it is: a key encrypts what is in its own location. */
export interface KeyPlace {
  readonly purpose: KeyPurpose;
  /** A region or multi-region as Cloud KMS names it: `europe` and not `EU`. @see https://cloud.google.com/kms/docs/locations */
  readonly location: string;
}

/** Keys of your own. Each location has a key ring, and all rings have the same name. */
export interface EncryptionSettings {
  readonly keyRing: {
    /** @see https://cloud.google.com/kms/docs/resource-hierarchy */
    readonly projectId: string;
    /** @see https://cloud.google.com/kms/docs/resource-hierarchy */
    readonly name: string;
    /** `false`: ring and keys exist. */
    readonly create: boolean;
  };
  /** The keys that something here is encrypted with. */
  readonly keys: readonly KeyPlace[];
  /** Names of keys that are not named like their purpose. @default {} */
  readonly names?: Readonly<Partial<Record<KeyPurpose, string>>>;
  /**
   * Time after which a key that is created here gets a new version, in seconds with the suffix `s`: `7776000s`.
   * @see https://cloud.google.com/kms/docs/key-rotation
   */
  readonly rotationPeriod: string;
  /**
   * Gives Google's own accounts the right to use the keys.
   * @see https://cloud.google.com/kms/docs/cmek#required-roles
   * @default true
   */
  readonly grants?: boolean;
  /** Keys that an earlier apply may have used: their grants stay, because what they encrypted is still there. @default [] */
  readonly earlier?: readonly KeyPlace[];
}

/** @returns whether an apply of the foundation has to do anything for the keys */
export function preparesKeys({ keyRing, keys, grants = true }: EncryptionSettings): boolean {
  return keys.length > 0 && (keyRing.create || grants);
}

/** @returns whether the foundation creates keys */
export function createsKeys({ keyRing, keys }: EncryptionSettings): boolean {
  return keys.length > 0 && keyRing.create;
}

/** Locations of Cloud Storage that have another name in Cloud KMS. @see https://cloud.google.com/storage/docs/encryption/customer-managed-keys#key-locations */
const OTHER_NAMES: Readonly<Record<string, string>> = { eu: "europe" };

/** @returns the location of the key for a bucket */
export function keyLocation(bucketLocation: string): string {
  const name = bucketLocation.toLowerCase();
  return OTHER_NAMES[name] ?? name;
}

/** @returns `projects/<project>/locations/<location>/keyRings/<ring>` */
export function keyRingName({ keyRing: { projectId, name } }: EncryptionSettings, location: string): string {
  return `projects/${projectId}/locations/${location}/keyRings/${name}`;
}

/** @returns the key's own name in its ring */
export function keyId({ names = {} }: EncryptionSettings, purpose: KeyPurpose): string {
  return names[purpose] ?? purpose;
}

/**
 * @returns `projects/<project>/locations/<location>/keyRings/<ring>/cryptoKeys/<key>`. It is text and no reference to a
 * resource, so that a plan can compare it with what exists; `undefined`: Google's own key
 */
export function keyName(
  encryption: EncryptionSettings | undefined,
  purpose: KeyPurpose,
  location: string,
): string | undefined {
  const place = encryption?.keys.find((key) => key.purpose === purpose && key.location === location);
  return encryption && place && `${keyRingName(encryption, location)}/cryptoKeys/${keyId(encryption, purpose)}`;
}

/** @returns part of a Terraform address: keys in the installation's region have short ones */
export function inLocation(purpose: string, location: string, region: string): string {
  return location === region ? purpose : `${purpose}-${location}`;
}
