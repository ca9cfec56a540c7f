import { hasFeature } from "../../dify-common/releases";
import { goesTo } from "../../dify-common/routing";
import { trustVariables } from "../../dify-common/trust";
import { leniency, readCertificates, weakness } from "../certificates";
import { imagesIn, kubernetesName } from "../dify-settings";
import type { Variables } from "../variables";
import { everyName, namesAndReaders } from "./environment";
import { DESIGN, type Rule } from "./rule";

/** The user's own certificate authorities, `trusted_ca_file`. */

const usable: Rule = {
  id: "trusted-ca-usable",
  what: "A `trusted_ca_file` that is not a PEM file of certificates only",
  why: "Nothing would trust your own authority.",
  risk: "Critical",
  severity: "error",
  variables: ["trusted_ca_file"],
  source: DESIGN,
  brokenBy: (v) => v.trusted_ca_file !== "" && readCertificates(v.trusted_ca_file).unusable !== undefined,
  message: (v) =>
    `trusted_ca_file: ${v.trusted_ca_file} ${readCertificates(v.trusted_ca_file).unusable ?? ""}: nothing would trust your own authority. Name a PEM file that holds certificates of authorities only.`,
};

/** @returns what is wrong with each certificate, as a sentence without its end */
function found(v: Variables, wrong: (certificate: Parameters<typeof weakness>[0]) => string | undefined): string[] {
  if (v.trusted_ca_file === "") return [];
  return readCertificates(v.trusted_ca_file).certificates.flatMap((certificate, index) => {
    const why = wrong(certificate);
    const name = certificate.subject.replaceAll("\n", ", ");
    return why === undefined ? [] : [`certificate ${index + 1} (${name}) ${why}`];
  });
}

const valid: Rule = {
  id: "trusted-ca-valid",
  what: "A certificate in `trusted_ca_file` that has expired, or is not that of an authority",
  why: "Programs refuse servers that they check with it, at the first request and not when they start.",
  risk: "Critical",
  severity: "error",
  variables: ["trusted_ca_file"],
  source: DESIGN,
  brokenBy: (v) =>
    found(v, (certificate) => {
      const begins = new Date(certificate.validFrom);
      return weakness(certificate, begins > new Date() ? begins : new Date());
    }),
  message: (v, subject) =>
    `In trusted_ca_file, ${v.trusted_ca_file}, ${subject}: programs refuse servers that they check with it, at the first request and not when they start. Take it out, and put the authority's current certificate in its place.`,
};

const begun: Rule = {
  id: "trusted-ca-begun",
  what: "A certificate in `trusted_ca_file` that is not valid yet",
  why: "Nothing that it signed is trusted until then.",
  risk: "Medium",
  severity: "warning",
  variables: ["trusted_ca_file"],
  source: DESIGN,
  brokenBy: (v) =>
    found(v, (certificate) => (new Date(certificate.validFrom) > new Date() ? weakness(certificate) : undefined)),
  message: (v, subject) =>
    `In trusted_ca_file, ${v.trusted_ca_file}, ${subject}: until then nothing that it signed is trusted. Keep the authority's earlier certificate in the file until then.`,
};

const strict: Rule = {
  id: "trusted-ca-strict",
  what: "A certificate in `trusted_ca_file` that lacks what Python asks for from 3.13 on",
  why: "Code nodes in Python refuse servers whose certificates it signed.",
  risk: "Medium",
  severity: "warning",
  variables: ["trusted_ca_file", "application_version", "component_image_tags", "sandbox_image"],
  source: DESIGN,
  brokenBy: (v) =>
    hasFeature("codeIsStrictAboutAuthorities", v.application_version, imagesIn(v).imageTags) ? found(v, leniency) : [],
  message: (v, subject) =>
    `In trusted_ca_file, ${v.trusted_ca_file}, ${subject}: Python 3.13 and newer, which code nodes run with in this release of the sandbox, refuse servers whose certificates it signed (requests, urllib); Dify's other components take them. Have the authority's certificate issued again with critical basic constraints, a key usage (keyCertSign) and a subject key identifier.`,
};

type OwnWord = readonly [name: string, components: readonly string[]];

/** @returns the user's own variables that say which certificates are trusted, each with where it has an effect */
function ownWords(v: Variables): ReadonlyMap<string, readonly string[]> {
  if (v.trusted_ca_file === "") return new Map();
  const where = imagesIn(v);
  const says = (component: string, name: string): boolean =>
    Object.hasOwn(trustVariables(kubernetesName(component)), name);
  const general = everyName(v).map((name): OwnWord => {
    const to = goesTo(where, name);
    return [name, (to.length > 0 ? to : ["api"]).filter((component) => says(component, name))];
  });
  const single = Object.entries(v.component_settings)
    .filter(([component]) => Object.hasOwn(where.release.release.images, component.replaceAll("-", "_")))
    .flatMap(([component, { environment, secret_environment: secrets }]) =>
      [...Object.keys(environment), ...Object.keys(secrets)]
        .filter((name) => says(component, name))
        .map((name): OwnWord => [`component_settings.${component}.${name}`, [component]]),
    );
  return new Map([...general, ...single].filter(([, components]) => components.length > 0));
}

const ownWins: Rule = {
  id: "trusted-ca-heard",
  what: "An environment variable that names other authorities than `trusted_ca_file`",
  why: "What reads it does not trust yours.",
  risk: "Medium",
  severity: "warning",
  variables: [...namesAndReaders, "component_settings", "trusted_ca_file"],
  source: DESIGN,
  brokenBy: (v) => [...ownWords(v).keys()],
  message: (v, subject) => {
    const components = ownWords(v).get(subject) ?? [];
    return `${subject} is set in this file and wins over trusted_ca_file: what reads it in ${components.map(kubernetesName).join(" and ")} trusts what it names, and not the authorities in ${v.trusted_ca_file}. Take it out, and put what it names into trusted_ca_file.`;
  },
};

export const trustRules: readonly Rule[] = [usable, valid, begun, strict, ownWins];
