import type { accesscontextmanager_v1 } from "googleapis/build/src/apis/accesscontextmanager/v1";
import { type Finding, good } from "../finding";
import { type Check, ofType, type Subject } from "../subject";

/** roles/accesscontextmanager.policyEditor has them: https://cloud.google.com/access-context-manager/docs/access-control */
const PERMISSIONS = ["accessLevels", "servicePerimeters"]
  .flatMap((kind) => ["create", "get", "update", "delete"].map((verb) => `accesscontextmanager.${kind}.${verb}`))
  .concat("accesscontextmanager.policies.list", "accesscontextmanager.servicePerimeters.list");

export const perimeter: Check = {
  id: "perimeter",
  title: "the service perimeter",
  look: async (subject) => {
    const { variables, google } = subject;
    if (!variables.enable_vpc_sc) return [];
    const organization = `organizations/${variables.organization_id}`;
    const granted = await google.projects.organizations.testIamPermissions({
      resource: organization,
      requestBody: { permissions: PERMISSIONS },
    });
    const missing = PERMISSIONS.filter((permission) => !granted.data.permissions?.includes(permission));
    const lacking = missing.length > 0 ? [mayNot(variables.organization_id, missing)] : [];
    const { data } = await google.contexts.accessPolicies.list({ parent: organization });
    const policies = data.accessPolicies ?? [];
    const { access_policy_id: named } = variables;
    const own = policies.filter(({ name, scopes }) =>
      named === "" ? (scopes ?? []).length === 0 : name === `accessPolicies/${named}`,
    );
    if (own.length === 0) return [...lacking, noPolicy(subject)];
    const perimeters = await Promise.all(
      policies.map(async ({ name }) => {
        const found = await google.contexts.accessPolicies.servicePerimeters.list({ parent: name ?? "" });
        return found.data.servicePerimeters ?? [];
      }),
    );
    const { data: project } = await google.projects.projects.get({ name: `projects/${variables.project_id}` });
    const holding = perimeters.flat().filter((one) => holds(one, project.name ?? "") && !isOwn(one, subject));
    if (holding.length > 0) return [...lacking, ...holding.map((one) => held(variables.project_id, one.name ?? ""))];
    return [
      ...lacking,
      good(`The access policy ${own[0]?.name ?? ""} is there, and no other perimeter holds the project.`),
    ];
  },
};

type Found = accesscontextmanager_v1.Schema$ServicePerimeter;

function holds({ perimeterType, status, spec }: Found, project: string): boolean {
  return (
    perimeterType !== "PERIMETER_TYPE_BRIDGE" &&
    [status, spec].some((config) => config?.resources?.includes(project) ?? false)
  );
}

/** Whether it is what an earlier apply made. */
function isOwn({ title }: Found, subject: Subject): boolean {
  return ofType(subject, "google_access_context_manager_service_perimeter").some(({ block }) => block.title === title);
}

function mayNot(organization: string, missing: readonly string[]): Finding {
  return {
    level: "problem",
    fact: `You may not do this in organization ${organization}: ${missing.join(", ")}.`,
    consequence: "Google would refuse the perimeter.",
    remedy: "Have an administrator of the organization grant it, or set enable_vpc_sc = false.",
    help: `gcloud organizations add-iam-policy-binding ${organization} --member=… --role=roles/accesscontextmanager.policyEditor`,
  };
}

function noPolicy({ variables: { access_policy_id: named, organization_id: organization } }: Subject): Finding {
  return {
    level: "problem",
    fact:
      named === ""
        ? `Organization ${organization} has no access policy of its own.`
        : `Organization ${organization} has no access policy ${named}.`,
    consequence:
      "The perimeter would have nothing to belong to, and none is made here: an organization has one for everybody.",
    remedy:
      named === ""
        ? "Have an administrator of the organization make it, or name one of a folder in access_policy_id."
        : "Correct access_policy_id, or leave it out for the organization's own.",
    help: `gcloud access-context-manager policies create --organization=${organization} --title="default policy"`,
  };
}

function held(project: string, perimeter: string): Finding {
  return {
    level: "problem",
    fact: `The project ${project} is in the perimeter ${perimeter}.`,
    consequence: "A project is in one perimeter only: the apply would stop.",
    remedy:
      "Set enable_vpc_sc = false and have its administrators let in the accounts that run Terraform, build and deploy.",
    help: "docs/security.md#service-perimeter",
  };
}
