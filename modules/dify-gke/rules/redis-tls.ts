import { knownVariables, newest, versionOf } from "../../dify-common/releases";
import { readCertificates, weakness } from "../certificates";
import { imagesIn } from "../dify-settings";
import type { Variables } from "../variables";
import { redisPlace, usesRedisIn } from "../redis-place";
import { DESIGN, type Rule } from "./rule";

const own: Rule = {
  id: "redis-tls-elsewhere",
  what: "`redis_tls` with the file server's Redis",
  why: "It speaks no TLS, so nothing would reach it.",
  risk: "Critical",
  severity: "error",
  variables: ["redis_tls", "redis_host", "redis_service", "redis_moves_from", "data_services"],
  source: DESIGN,
  brokenBy: (v) => v.redis_tls && !usesRedisIn("external", { ...v, enable_redis: true }),
  message: (v) =>
    redisPlace(v) === "kubeblocks"
      ? "redis_tls is true, and it applies to redis_host only, which is not used: the Redis that KubeBlocks runs speaks no TLS, and network policies say who reaches it. Take redis_tls out."
      : redisPlace(v) === "memorystore"
        ? "redis_tls is true, and it applies to redis_host only, which is not used: Memorystore that is made here has TLS in any case. Take redis_tls out."
        : "redis_tls is true, and redis_host is empty: the Redis of the file server does not speak TLS, so nothing could connect to it. Set redis_host, or take redis_tls out.",
};

/** Variables in environment_variables that contradict redis_tls and redis_ca_file, or that do not work without them. */
function contradictions(v: Variables): readonly string[] {
  const { REDIS_USE_SSL: use, REDIS_SSL_CERT_REQS: verify, REDIS_SSL_CA_CERTS: ca } = v.environment_variables;
  const tls = v.redis_tls || use?.toLowerCase() === "true";
  return [
    ...(v.redis_tls && use !== undefined && use.toLowerCase() !== "true" ? ["REDIS_USE_SSL"] : []),
    ...(v.redis_tls && ca !== undefined && v.redis_ca_file !== "" ? ["REDIS_SSL_CA_CERTS"] : []),
    ...(v.redis_tls && verify !== undefined && verify !== "CERT_REQUIRED" ? ["REDIS_SSL_CERT_REQS"] : []),
    ...(tls && verify === "CERT_REQUIRED" && ca === undefined && (!v.redis_tls || v.redis_ca_file === "")
      ? ["REDIS_SSL_CERT_REQS"]
      : []),
  ];
}

const agrees: Rule = {
  id: "redis-tls-agrees",
  what: "Environment variables about Redis and TLS that contradict `redis_tls`",
  why: "One of the two would be lost, or the plugin daemon ends at once.",
  risk: "High",
  severity: "error",
  variables: ["environment_variables", "redis_tls", "redis_ca_file"],
  source: DESIGN,
  brokenBy: contradictions,
  message: (v, subject) => {
    const value = v.environment_variables[subject] ?? "";
    const both = `${subject} = "${value}"`;
    if (subject !== "REDIS_SSL_CERT_REQS" || value !== "CERT_REQUIRED")
      return `environment_variables has ${both}, and redis_tls = true says otherwise: one of them would be ignored. Take ${subject} out, or redis_tls and redis_ca_file.`;
    const fact = `environment_variables has ${both}, and no certificates are named: the plugin daemon would exit at once.`;
    if (v.redis_tls)
      return `${fact} Take ${subject} out: redis_tls = true trusts the public certificate authorities. For a private authority, set redis_ca_file as well.`;
    return v.redis_host === ""
      ? `${fact} Take REDIS_USE_SSL and ${subject} out: the Redis of the file server does not speak TLS.`
      : `${fact} Take REDIS_USE_SSL and ${subject} out, and set redis_tls = true, which trusts the public certificate authorities. For a private authority, set redis_ca_file as well.`;
  },
};

const usable: Rule = {
  id: "redis-ca-usable",
  what: "A `redis_ca_file` that is not a PEM file of certificates only",
  why: "No component could check Redis with it.",
  risk: "Critical",
  severity: "error",
  variables: ["redis_ca_file"],
  source: DESIGN,
  brokenBy: (v) => v.redis_ca_file !== "" && readCertificates(v.redis_ca_file).unusable !== undefined,
  message: (v) =>
    `redis_ca_file: ${v.redis_ca_file} ${readCertificates(v.redis_ca_file).unusable ?? ""}: no component could verify Redis with it. Name a PEM file that holds the authority's certificates and nothing else.`,
};

const valid: Rule = {
  id: "redis-ca-valid",
  what: "A certificate in `redis_ca_file` that is out of date or weak",
  why: "Redis may be refused, and with it every run.",
  risk: "High",
  severity: "warning",
  variables: ["redis_ca_file"],
  source: DESIGN,
  brokenBy: (v) =>
    v.redis_ca_file === ""
      ? []
      : readCertificates(v.redis_ca_file).certificates.flatMap((certificate, index) => {
          const why = weakness(certificate);
          return why === undefined ? [] : [`certificate ${index + 1} ${why}`];
        }),
  message: (v, subject) =>
    `In redis_ca_file, ${v.redis_ca_file}, ${subject}: connections to Redis may be refused, and every run would fail. Ask the administrators of that Redis for the certificates of its authority.`,
};

const oldDaemon: Rule = {
  id: "redis-ca-plugin-daemon",
  what: "A `redis_ca_file` with a plugin daemon older than 0.5.3",
  why: "It checks Redis against public authorities alone, and would not reach it.",
  risk: "Critical",
  severity: "error",
  variables: ["redis_ca_file", "redis_tls", "application_version", "component_image_tags", "sandbox_image"],
  source: "dify-plugin-daemon internal/types/app/config.go, RedisTLSConfig: from 0.5.3 on",
  brokenBy: (v) => {
    const { release, imageTags } = imagesIn(v);
    const known = knownVariables(release.version, "plugin_daemon", imageTags.plugin_daemon);
    const reads = known?.read.has("REDIS_SSL_CA_CERTS") === true || known?.perhaps.has("REDIS_SSL_CA_CERTS") === true;
    return v.redis_tls && v.redis_ca_file !== "" && !reads;
  },
  message: (v) => {
    const { release, imageTags } = imagesIn(v);
    const version = versionOf(release.version, "plugin_daemon", imageTags);
    return `redis_ca_file is set, and the plugin daemon is ${version ?? "an old one"}, which trusts the authorities of its container only: it could not connect to Redis. ${
      Object.hasOwn(v.component_image_tags, "plugin_daemon")
        ? 'Take plugin_daemon out of component_image_tags, or give it the tag "0.5.3-local" or newer'
        : `Set application_version = "${newest.version}", whose plugin daemon reads the file`
    }, or name the file in trusted_ca_file instead.`;
  },
};

export const redisTlsRules: readonly Rule[] = [own, agrees, usable, valid, oldDaemon];
