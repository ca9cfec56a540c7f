import type { Given } from "../../__tests__/variables/cases/given";
import { environmentWith } from "../../__tests__/variables/cases/given";
import { effectCases } from "../../__tests__/variables/effects";
import { casesOf, effectOf } from "../../__tests__/variables/effects/measure";
import { variableOf } from "../../__tests__/variables/effects/paths";
import { checkRules } from "../../modules/dify-gke/rules";

const TRIGGER: Given = {
  enable_cicd_trigger: true,
  github_repository_url: "https://github.com/acme/dify",
  github_app_installation_id: "1",
  sql_tier: "db-custom-16-61440",
};
const DOMAIN: Given = { enable_custom_domain: true, application_domains: ["dify.example.com"] };

/** Files in which other variables may lose their effect. */
const CONTEXTS: Readonly<Record<string, Given>> = {
  trigger: TRIGGER,
  pipeline: { ...TRIGGER, enable_cloud_deploy: true, cloud_deploy_stages: [{ name: "dev" }, { name: "prod" }] },
  "oldest release": { application_version: "1.8.1" },
  "no file server": { enable_nfs: false, redis_host: "10.0.0.3", redis_password_secret: "my-redis" },
  "named services": { network_name: "n", gke_cluster_name: "c", sql_instance_name: "s", nfs_instance_name: "f" },
  ClusterIP: { service_type: "ClusterIP" },
  NodePort: { service_type: "NodePort" },
  gateway: DOMAIN,
  CDN: { ...DOMAIN, enable_cdn: true },
  firewall: { enable_cloud_armor: true },
  "existing Redis": { redis_host: "10.0.0.3" },
  segmentation: { enable_network_segmentation: true },
  "own proxy": {
    public_urls: ["https://ai.example.com"],
    trusted_proxy_ranges: ["10.20.0.0/24"],
    service_type: "ClusterIP",
  },
  "nothing deployed": { deploy_application: false },
  "PostgreSQL by KubeBlocks": { data_services: { postgresql: "kubeblocks" } },
  "Redis by KubeBlocks": { data_services: { redis: "kubeblocks" } },
  "Qdrant by KubeBlocks": { vector_store: "qdrant", data_services: { qdrant: "kubeblocks" } },
};

/** Variables that have no effect in a context, as it should be. */
const SAME: Readonly<Record<string, readonly string[]>> = {
  // A secret of that name is read instead.
  "no file server": ["redis_auth"],
  // All of them are named.
  "named services": ["require_services_gcp_module"],
};

/**
 * Tries in a context every value that has to have an effect. If it has none there, a rule has to say so.
 * @param told what is found, and what was tried
 * @returns whether nothing was found
 */
export function tryContext(context: string, told: (line: string) => void): boolean {
  const given = CONTEXTS[context] ?? {};
  let found = 0;
  let tried = 0;
  for (const path of Object.keys(effectCases)) {
    const variable = variableOf(path);
    if (Object.hasOwn(given, variable) || SAME[context]?.includes(variable)) continue;
    for (const one of casesOf(effectCases, path)) {
      const together: Given = { ...one.with, ...given };
      const effect = attempt(() => effectOf(path, { ...one, with: together }));
      // Two files that do not go together say nothing.
      if (effect === undefined) continue;
      tried++;
      if (effect.rules.length + effect.kinds.length > 0 || isSaid(variable, together)) continue;
      found++;
      told(`${context}: ${path} = ${JSON.stringify(one.value)} changes nothing, and nothing says so`);
    }
  }
  told(`${context}: ${tried} values tried`);
  return found === 0;
}

export const contextNames: readonly string[] = Object.keys(CONTEXTS);

function attempt<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch {
    return undefined;
  }
}

/** Whether the variable has no effect there whatever its value, which a rule says of the other value as well. */
function isSaid(variable: string, given: Given): boolean {
  return checkRules(environmentWith(given)).some(
    ({ variable: shown, message }) => shown === variable || message.includes(variable),
  );
}
