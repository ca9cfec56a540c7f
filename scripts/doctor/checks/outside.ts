import { type Finding, good } from "../finding";
import type { Check } from "../subject";

/**
 * Where a project that Google restricts may build. Others may build in every region.
 * @see https://cloud.google.com/build/docs/locations#restricted_regions_for_some_projects
 */
const OPEN_TO_ALL = [
  "us-central1",
  "us-west2",
  "europe-west1",
  "asia-east1",
  "australia-southeast1",
  "southamerica-east1",
];

export const builds: Check = {
  id: "build-region",
  title: "Cloud Build's region",
  look: ({ variables }) => {
    const { enable_cicd_trigger: on, region } = variables;
    if (!on) return Promise.resolve([]);
    return Promise.resolve([
      OPEN_TO_ALL.includes(region)
        ? good(`Every project may build in ${region}.`)
        : {
            level: "warning",
            fact: `Cloud Build does not let every project build in ${region}: new ones only in ${OPEN_TO_ALL.join(", ")}.`,
            consequence:
              "In a project that Google restricts, the trigger could not be created, or its builds would be refused.",
            remedy: "Ask Google for a quota of concurrent builds there, or choose one of those regions.",
            help: "https://cloud.google.com/build/docs/locations#restricted_regions_for_some_projects",
          },
    ]);
  },
};

export const dns: Check = {
  id: "dns",
  title: "DNS of your domains",
  look: async ({ variables, resolve, google }) => {
    const {
      application_domains: domains,
      enable_custom_domain: on,
      project_id: project,
      static_ip_name: name,
    } = variables;
    if (!on || domains.length === 0) return [];
    const address =
      name === ""
        ? undefined
        : (await google.compute.globalAddresses.get({ project, address: name }).catch(() => undefined))?.data.address;
    return Promise.all(
      domains.map(async (domain): Promise<Finding> => {
        let answers: readonly string[];
        try {
          answers = await resolve(domain);
        } catch (error) {
          const { code = "" } = error as NodeJS.ErrnoException;
          if (code !== "ENOTFOUND" && code !== "ENODATA") {
            return {
              level: "unseen",
              fact: `DNS does not answer for ${domain} (${code || (error as Error).message}).`,
            };
          }
          answers = [];
        }
        if (address && answers.includes(address)) return good(`${domain} leads to ${address}.`);
        return {
          level: "warning",
          fact: `${domain} ${answers.length === 0 ? "is not in DNS" : `leads to ${answers.join(", ")}`}${address ? ` and not to ${address}, the address of static_ip_name` : ""}.`,
          consequence:
            "Its certificate does not become active before it leads to this environment's address, and nobody reaches it.",
          remedy: "After the apply, create the records of the output dns_records.",
          help: `dig +short ${domain}`,
        };
      }),
    );
  },
};
