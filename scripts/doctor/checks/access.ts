import { type Finding, good } from "../finding";
import type { Check } from "../subject";
import { statusOf } from "../../google-apis/answers";
import { permissionsFor } from "../permissions";

/** As many as one request may ask for: https://cloud.google.com/resource-manager/reference/rest/v3/projects/testIamPermissions */
const AT_ONCE = 100;

export const access: Check = {
  id: "permissions",
  title: "your permissions",
  look: async ({ variables, resources, google }) => {
    const { project_id: id } = variables;
    const { permissions, unknown } = permissionsFor(resources.map(({ type }) => type));
    const untested: string[] = [];
    const granted = new Set<string>();
    for (let start = 0; start < permissions.length; start += AT_ONCE) {
      let asked = permissions.slice(start, start + AT_ONCE);
      while (asked.length > 0) {
        try {
          const { data } = await google.projects.projects.testIamPermissions({
            resource: `projects/${id}`,
            requestBody: { permissions: [...asked] },
          });
          for (const permission of data.permissions ?? []) granted.add(permission);
          break;
        } catch (error) {
          // One that Google does not test on a project takes the whole question with it.
          const { message } = error as Error;
          const refused = statusOf(error) === 400 ? asked.filter((permission) => message.includes(permission)) : [];
          if (refused.length === 0) throw error;
          untested.push(...refused);
          asked = asked.filter((permission) => !refused.includes(permission));
        }
      }
    }
    const missing = permissions.filter((permission) => !granted.has(permission) && !untested.includes(permission));
    const rest: Finding[] = [
      ...untested.map((permission): Finding => unasked(`Google does not test ${permission} on a project`)),
      ...unknown.map((type): Finding => unasked(`It is not known here which permissions ${type} needs`)),
    ];
    if (missing.length === 0) {
      return [
        good(`You have each of the ${permissions.length - untested.length} permissions that the stacks need.`),
        ...rest,
      ];
    }
    return [
      {
        level: "problem",
        fact: `You lack ${missing.length} of the ${permissions.length} permissions that the stacks need: ${missing.join(", ")}.`,
        consequence: "The apply would stop at the first of them, half-way.",
        remedy:
          "Ask for the roles that docs/security.md lists under the Terraform account, or apply as an account that has them.",
        help: `gcloud projects add-iam-policy-binding ${id} --member=MEMBER --role=ROLE`,
      },
      ...rest,
    ];
  },
};

function unasked(fact: string): Finding {
  return { level: "unseen", fact: `${fact}.`, remedy: "The apply will show whether you have it." };
}
