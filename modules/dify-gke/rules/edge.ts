import { DOCUMENTATION, type Rule } from "./rule";

const iapDomain: Rule = {
  id: "iap-needs-domain",
  risk: "Critical",
  severity: "error",
  variables: ["enable_iap", "enable_custom_domain"],
  source: DOCUMENTATION,
  applies: (v) => v.enable_iap && !v.enable_custom_domain,
  message: () =>
    "Identity-Aware Proxy works at the HTTPS gateway, and there is none: the application would be open to everyone. Set enable_custom_domain = true, and pass TF_VAR_iap_oauth_client_id and TF_VAR_iap_oauth_client_secret at apply.",
};

const iapMembers: Rule = {
  id: "iap-lets-someone-in",
  risk: "High",
  severity: "warning",
  variables: ["iap_authorized_users", "iap_authorized_groups", "enable_iap"],
  source: DOCUMENTATION,
  applies: (v) => v.enable_iap && v.iap_authorized_users.length + v.iap_authorized_groups.length === 0,
  message: () =>
    "Nobody may enter: every request would be answered with 403. Name people in iap_authorized_users or groups in iap_authorized_groups.",
};

const deployTrigger: Rule = {
  id: "cloud-deploy-needs-trigger",
  risk: "Medium",
  severity: "error",
  variables: ["enable_cloud_deploy", "enable_cicd_trigger"],
  source: DOCUMENTATION,
  applies: (v) => v.enable_cloud_deploy && !v.enable_cicd_trigger,
  message: () =>
    "The pipeline gets its releases from the build trigger and would stay empty. Set enable_cicd_trigger = true.",
};

const repository: Rule = {
  id: "trigger-needs-repository",
  risk: "Medium",
  severity: "error",
  variables: ["github_repository_url", "enable_cicd_trigger"],
  source: DOCUMENTATION,
  applies: (v) => v.enable_cicd_trigger && v.github_repository_url === "",
  message: () =>
    "A trigger without a repository builds nothing. Set github_repository_url, and pass TF_VAR_github_token at apply.",
};

export const edgeRules: readonly Rule[] = [iapDomain, iapMembers, deployTrigger, repository];
