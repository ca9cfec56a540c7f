import type { orgpolicy_v2 } from "googleapis/build/src/apis/orgpolicy/v2";
import type { KeyPurpose } from "../../../modules/app-gke/google/encryption";
import { apisOfType } from "../../../modules/app-gke/google/api-of-type";
import { createsBuildPool } from "../../../modules/dify-gke/build";
import { isUsed, wantedPurposes } from "../../../modules/dify-gke/encryption";
import { type Finding, good } from "../finding";
import { type Check, ofType, type Subject } from "../subject";
import { statusOf } from "../../google-apis/answers";

type Policy = orgpolicy_v2.Schema$GoogleCloudOrgpolicyV2Policy;
type Rule = orgpolicy_v2.Schema$GoogleCloudOrgpolicyV2PolicySpecPolicyRule;

/** The entries of `customer_managed_keys` that encrypt what a service stores here. */
const KEYS_OF: Readonly<Record<string, readonly KeyPurpose[]>> = {
  sqladmin: ["database"],
  storage: ["buckets"],
  secretmanager: ["secrets"],
  pubsub: ["messages"],
  logging: ["logs"],
  artifactregistry: ["images"],
  container: ["cluster", "nodes"],
  compute: ["files", "nodes"],
};

/** A constraint that would refuse something here, and what. */
interface Constraint {
  readonly name: string;
  /** @returns what it would refuse, a sentence; nothing where it lets everything through */
  readonly refuses: (rules: readonly Rule[], subject: Subject) => string | undefined;
  readonly remedy: string;
}

/** https://cloud.google.com/resource-manager/docs/organization-policy/org-policy-constraints */
const CONSTRAINTS: readonly Constraint[] = [
  {
    name: "gcp.resourceLocations",
    refuses: (rules, { variables: { region } }) =>
      allows(rules, (value) => coversRegion(value, region)) ? undefined : `resources in ${region}`,
    remedy: "Choose a region that it allows.",
  },
  {
    name: "gcp.restrictServiceUsage",
    refuses: (rules, subject) => {
      const needed = [
        ...new Set(subject.resources.flatMap(({ type }) => (isManagedByGoogle(type) ? apisOfType(type) : []))),
      ];
      const refused = needed.filter((api) => !allows(rules, (value) => value.replace(/^is:/, "") === api));
      return refused.length > 0 ? `the APIs ${refused.join(", ")}` : undefined;
    },
    remedy: "Have them allowed for this project.",
  },
  {
    name: "gcp.restrictNonCmekServices",
    refuses: (rules, subject) => {
      const wanted = wantedPurposes(subject.variables);
      const denied = Object.entries(KEYS_OF)
        .filter(([, purposes]) => purposes.some((one) => isUsed(one, subject.variables) && !wanted.has(one)))
        .map(([api]) => `${api}.googleapis.com`)
        .filter((api) => !allows(rules, (value) => value.replace(/^is:/, "") === api));
      const used = denied.filter((api) =>
        subject.resources.some(({ type }) => isManagedByGoogle(type) && apisOfType(type).some((one) => one === api)),
      );
      return used.length > 0 ? `resources of ${used.join(", ")} without a key of your own` : undefined;
    },
    remedy:
      'Set customer_managed_keys = ["all"]; docs/operations.md#keys-for-what-exists says how what exists gets a key.',
  },
  {
    name: "compute.restrictLoadBalancerCreationForTypes",
    refuses: (rules, subject) => {
      const types = loadBalancers(subject).filter(
        (type) => !allows(rules, (value) => value === type || value === `in:${group(type)}`),
      );
      return types.length > 0 ? `load balancers of the type ${types.join(", ")}` : undefined;
    },
    remedy: 'Have them allowed, or set service_type = "ClusterIP" and bring your own way in.',
  },
  {
    name: "compute.disableGlobalLoadBalancing",
    refuses: (rules, subject) =>
      enforced(rules) && loadBalancers(subject).some((type) => type.startsWith("GLOBAL"))
        ? "global load balancers, which enable_custom_domain asks for"
        : undefined,
    remedy: "Have this project exempted, or turn enable_custom_domain off.",
  },
  {
    name: "compute.restrictVpcPeering",
    refuses: (rules, subject) =>
      ofType(subject, "google_service_networking_connection").length > 0 && !allows(rules, () => false)
        ? "the peering with Google's services, through which the database has a private address"
        : undefined,
    remedy: "Have the peering allowed, or name a network that has one in network_name.",
  },
  {
    name: "compute.restrictCloudNATUsage",
    refuses: (rules, subject) =>
      ofType(subject, "google_compute_router_nat").length > 0 && !allows(rules, () => false) ? "Cloud NAT" : undefined,
    remedy: "Have it allowed for this subnetwork, or name a network with a way out in network_name.",
  },
  {
    name: "compute.trustedImageProjects",
    refuses: (rules, subject) =>
      ofType(subject, "google_compute_instance_template").length > 0 &&
      !allows(rules, (value) => value === "projects/debian-cloud")
        ? "the image of the file server, which is debian-cloud's"
        : undefined,
    remedy: "Have projects/debian-cloud allowed, or name a file server of your own in nfs_instance_name.",
  },
  {
    name: "cloudbuild.allowedWorkerPools",
    refuses: (rules, { variables: v }) =>
      v.enable_cicd_trigger && v.cloud_build_worker_pool === "" && !createsBuildPool(v) && !allows(rules, () => false)
        ? "builds on Google's own machines"
        : undefined,
    remedy: "Name a private pool that it allows in cloud_build_worker_pool.",
  },
  {
    name: "iam.disableServiceAccountCreation",
    refuses: (rules, subject) =>
      enforced(rules) && ofType(subject, "google_service_account").length > 0 ? "new service accounts" : undefined,
    remedy: "Have this project exempted while it is applied.",
  },
  {
    name: "iam.allowedPolicyMemberDomains",
    refuses: (rules, subject) => {
      const people = [...subject.variables.iap_authorized_users, ...subject.variables.iap_authorized_groups];
      return people.length > 0 && !allows(rules, () => true)
        ? `members of other organizations, perhaps some of ${people.join(", ")}`
        : undefined;
    },
    remedy: "Have their organization allowed, or name members of your own.",
  },
];

export const policies: Check = {
  id: "organization-policies",
  title: "organization policies",
  look: async (subject) => {
    const { variables, google } = subject;
    const looked = await Promise.all(
      CONSTRAINTS.map(async (constraint): Promise<Finding[]> => {
        const name = `projects/${variables.project_id}/policies/${constraint.name}`;
        let policy: Policy;
        try {
          policy = (await google.orgPolicy.projects.policies.getEffectivePolicy({ name })).data;
        } catch (error) {
          // No organization, or a constraint that Google does not have any more.
          if (statusOf(error) === 404 || statusOf(error) === 400) return [];
          throw error;
        }
        const refused = constraint.refuses(policy.spec?.rules ?? [], subject);
        return refused === undefined ? [] : [finding(constraint, refused)];
      }),
    );
    const findings = looked.flat();
    return findings.length > 0 ? findings : [good("No organization policy refuses what the stacks have.")];
  },
};

function finding({ name, remedy }: Constraint, refused: string): Finding {
  return {
    level: "problem",
    fact: `The organization policy constraints/${name} refuses ${refused}.`,
    consequence: "Google would refuse them in the middle of the apply.",
    remedy,
    help: `gcloud org-policies describe ${name} --effective --project=PROJECT`,
  };
}

/** @returns whether a list constraint lets through what `matches` says is meant by a value */
function allows(rules: readonly Rule[], matches: (value: string) => boolean): boolean {
  // A rule with a condition asks for tags, which are not looked at here.
  const plain = rules.filter(({ condition }) => !condition);
  if (plain.some(({ denyAll, enforce }) => denyAll === true || enforce === true)) return false;
  const denied = plain.flatMap(({ values }) => values?.deniedValues ?? []);
  if (denied.some(matches)) return false;
  if (plain.some(({ allowAll }) => allowAll === true)) return true;
  const allowed = plain.flatMap(({ values }) => values?.allowedValues ?? []);
  return allowed.length === 0 || allowed.some(matches);
}

function enforced(rules: readonly Rule[]): boolean {
  return rules.some(({ enforce, condition }) => enforce === true && !condition);
}

/** Beginnings of regions that a group stands for: https://cloud.google.com/resource-manager/docs/organization-policy/defining-locations */
const GROUPS: Readonly<Record<string, readonly string[]>> = {
  us: ["us-"],
  northamerica: ["us-", "northamerica-"],
  eu: ["europe-"],
  europe: ["europe-"],
  asia: ["asia-"],
  australia: ["australia-"],
  southamerica: ["southamerica-"],
  africa: ["africa-"],
  me: ["me-"],
};
/** In `europe`, and not in the European Union. */
const OUTSIDE_THE_UNION = ["europe-west2", "europe-west6"];

function coversRegion(value: string, region: string): boolean {
  const plain = value.replace(/^(is|in):/, "");
  if (plain === region || plain === `${region}-locations`) return true;
  const [, group = ""] = /^([a-z]+)-locations$/.exec(plain) ?? [];
  if (group === "eu" && OUTSIDE_THE_UNION.includes(region)) return false;
  return (GROUPS[group] ?? []).some((beginning) => region.startsWith(beginning));
}

/** https://cloud.google.com/load-balancing/docs/org-policy-constraints */
function loadBalancers(subject: Subject): string[] {
  const services = ofType(subject, "kubernetes_service_v1")
    .map(({ block }) => block as { spec?: { type?: string }; metadata?: { annotations?: Record<string, string> } })
    .filter(({ spec }) => spec?.type === "LoadBalancer")
    .map(({ metadata }) =>
      metadata?.annotations?.["networking.gke.io/load-balancer-type"] === "Internal"
        ? "INTERNAL_TCP_UDP"
        : "EXTERNAL_NETWORK_TCP_UDP",
    );
  const global =
    ofType(subject, "google_compute_global_forwarding_rule").length > 0 ||
    ofType(subject, "kubernetes_manifest").some(
      ({ block }) => (block.manifest as { kind?: string } | undefined)?.kind === "Gateway",
    );
  return [...new Set([...services, ...(global ? ["GLOBAL_EXTERNAL_MANAGED_HTTP_HTTPS"] : [])])];
}

function group(type: string): string {
  return type.startsWith("INTERNAL") ? "INTERNAL" : "EXTERNAL";
}

function isManagedByGoogle(type: string): boolean {
  return type.startsWith("google_");
}
