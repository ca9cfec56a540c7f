import { createHash } from "node:crypto";
import type { EncryptionSettings } from "./google/encryption";

/** Identifies an installation: the parts that names and labels are made of. */
export interface InstallationIdentity {
  /** @see https://cloud.google.com/resource-manager/docs/creating-managing-projects */
  readonly projectId: string;
  /** @see https://cloud.google.com/compute/docs/regions-zones */
  readonly region: string;
  /** Name of the variable file: `dev`. */
  readonly environment: string;
  /** Part of every name, as in the documented modules. @see docs/variables.md */
  readonly tenantId: string;
  /** First part of every name, `dify`: lower-case letters, digits and hyphens. */
  readonly applicationName: string;
  /**
   * The id of an installation that another tool has deployed: 4 to 8 lower-case letters and digits.
   * @see docs/adopt.md
   * @default - a hash of project, tenant, application and environment
   */
  readonly deploymentId?: string;
  /** Your own labels. @see https://cloud.google.com/resource-manager/docs/labels-overview @default {} */
  readonly labels?: Readonly<Record<string, string>>;
  /**
   * Protects cluster, SQL instance, disk and buckets against deletion.
   * @see https://cloud.google.com/sql/docs/postgres/deletion-protection
   * @default true
   */
  readonly deletionProtection?: boolean;
  /**
   * Regions in which Secret Manager stores the values of new secrets, or `automatic` alone to let Google choose. A secret
   * keeps the regions that it was created with.
   * @see https://cloud.google.com/secret-manager/docs/choosing-replication
   * @default - the installation's region
   */
  readonly secretLocations?: readonly string[];
  /**
   * Days after which the version of a secret is destroyed that a newer one has replaced. Until then it is disabled.
   * @see https://cloud.google.com/secret-manager/docs/delay-destruction-of-secret-versions
   * @default - it stays, disabled
   */
  readonly secretVersionDays?: number;
  /** Keys of your own that data is encrypted with. @see docs/security.md @default - Google's own keys */
  readonly encryption?: EncryptionSettings;
}

/** An installation's identity with everything that follows from it. */
export interface Installation extends InstallationIdentity {
  /** Your own and those of the identity. @see https://cloud.google.com/resource-manager/docs/labels-overview */
  readonly labels: Readonly<Record<string, string>>;
  /** @see https://cloud.google.com/sql/docs/postgres/deletion-protection */
  readonly deletionProtection: boolean;
  /**
   * If none is given, eight hex characters, a hash of project, tenant, application and environment: the same at every synth, in
   * both stacks, and after the state was lost.
   */
  readonly deploymentId: string;
  /** `<application>-<tenant>-<deployment id>`: first part of every name. */
  readonly resourcePrefix: string;
}

/** @returns the identity with its deployment id, resource prefix and Google labels. */
export function installation(identity: InstallationIdentity): Installation {
  const { projectId, tenantId, applicationName, environment } = identity;
  const deploymentId =
    identity.deploymentId ?? hash([projectId, tenantId, applicationName, environment].join("\n")).slice(0, 8);
  return {
    ...identity,
    deletionProtection: identity.deletionProtection ?? true,
    deploymentId,
    resourcePrefix: `${applicationName}-${tenantId}-${deploymentId}`,
    labels: {
      ...identity.labels,
      application: applicationName,
      tenant: tenantId,
      environment: identity.environment
        .toLowerCase()
        .replace(/[^a-z0-9_-]/g, "-")
        .slice(0, 63),
      "managed-by": "cdktf",
    },
  };
}

/** SHA-256 of a text, in hex. */
export function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

/** @returns the name of something that belongs to an installation: `<prefix>-<what>`, or the prefix alone */
export function prefixedName(
  { resourcePrefix }: Pick<Installation, "resourcePrefix">,
  what: string,
  limit = 63,
): string {
  return limitName(what === "" ? resourcePrefix : `${resourcePrefix}-${what}`, limit);
}

/**
 * Makes a distinct name of each text, where texts may have characters that names may not. A text gets its plain name if
 * no other text would get that name, or if it is spelled like the name; all others also get a part of their hash.
 * @param nameOf the name that a text would get on its own
 * @param plain a text in the spelling to compare with its name
 * @param taken names that are taken already
 */
export function distinctNames(
  texts: Iterable<string>,
  nameOf: (text: string) => string,
  plain: (text: string) => string,
  taken: Iterable<string> = [],
): ReadonlyMap<string, string> {
  const all = [...new Set(texts)].map((text) => ({ text, name: nameOf(text) }));
  const others = new Set(taken);
  const wanted = new Map<string, number>();
  for (const { name } of all) wanted.set(name, (wanted.get(name) ?? 0) + 1);
  return new Map(
    all.map(({ text, name }) => {
      if (!others.has(name) && (wanted.get(name) === 1 || plain(text) === text)) return [text, name];
      let length = 6;
      const apart = (): string => `${name}-${hash(text).slice(0, length)}`;
      while (others.has(apart()) || wanted.has(apart())) length++;
      return [text, apart()];
    }),
  );
}

/**
 * A name of at most `limit` characters: a longer one is cut off and ends with six characters of its hash, so that two
 * long names stay distinct.
 */
export function limitName(name: string, limit: number): string {
  if (name.length <= limit) return name;
  return `${name.slice(0, limit - 7).replace(/-+$/, "")}-${hash(name).slice(0, 6)}`;
}
