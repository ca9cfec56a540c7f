import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { plain } from "../app-gke/terraform/literal";

/** What a file with certificates holds. */
export interface CertificateFile {
  readonly certificates: readonly X509Certificate[];
  /** Why it cannot be used, as half a sentence that never repeats the file's content. @default - it can be used */
  readonly unusable?: string;
}

/**
 * A ConfigMap holds 1 MiB (https://kubernetes.io/docs/concepts/configuration/configmap/), and one of these may hold two such
 * files and more; public lists have 250 KiB.
 */
const MOST_BYTES = 384 * 1024;
const BLOCK = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----[^-]*-----END (?:TRUSTED |X509 )?CERTIFICATE-----/g;

/** Reads a file with certificates, for rules, warnings and stacks. @param path relative to the working directory */
export function readCertificates(path: string): CertificateFile {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch {
    return unusable("is not a file that can be read");
  }
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text))
    return unusable("holds a private key, which everyone could read in the cluster and in Terraform's state");
  if (Buffer.byteLength(text) > MOST_BYTES) return unusable(`is larger than ${MOST_BYTES / 1024} KiB`);
  const blocks = text.match(BLOCK) ?? [];
  if (blocks.length === 0 || blocks.length !== (text.match(/-----BEGIN /g) ?? []).length)
    return unusable("holds something other than complete certificates in PEM format (-----BEGIN CERTIFICATE-----)");
  const certificates: X509Certificate[] = [];
  for (const [index, block] of blocks.entries()) {
    try {
      certificates.push(new X509Certificate(block));
    } catch {
      return unusable(`holds something as entry ${index + 1} that is not an X.509 certificate`);
    }
  }
  return { certificates };
}

/**
 * @param path relative to the working directory, as variables have it in a stack
 * @returns the certificates of a file in PEM format, each once, without the other text of the file
 */
export function authoritiesIn(path: string): string {
  return [...new Set(readCertificates(plain(path)).certificates.map(String))].join("");
}

function unusable(why: string): CertificateFile {
  return { certificates: [], unusable: why };
}

/**
 * @param now the time to check for
 * @returns what is wrong with a CA certificate, as half a sentence; undefined if nothing is
 */
export function weakness({ ca, validFrom, validTo }: X509Certificate, now = new Date()): string | undefined {
  const day = (text: string): string => new Date(text).toISOString().slice(0, 10);
  if (new Date(validTo) < now) return `expired on ${day(validTo)}`;
  if (new Date(validFrom) > now) return `is not valid before ${day(validFrom)}`;
  return ca ? undefined : "is not that of a certificate authority";
}

/** What RFC 5280 asks of a CA certificate and many lack: DER of an extension's id, of `critical` and of `TRUE`. */
const STRICT = [
  ["0603551d130101ff", "no critical basic constraints"],
  ["0603551d0f", "no key usage"],
  ["0603551d0e", "no subject key identifier"],
] as const;

/**
 * OpenSSL takes such authorities unless a program asks for more (`-x509_strict`), as Python from 3.13 on does.
 * @see https://docs.openssl.org/3.5/man1/openssl-verification-options/
 * @returns what a CA certificate lacks, as half a sentence; undefined if nothing
 */
export function leniency({ raw }: X509Certificate): string | undefined {
  const missing = STRICT.filter(([der]) => !raw.includes(Buffer.from(der, "hex"))).map(([, name]) => name);
  return missing.length > 0 ? `has ${missing.join(" and ")}` : undefined;
}
