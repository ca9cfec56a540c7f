import { createsFileServer, isSharedVpc, networkProjectOf } from "../../../modules/dify-gke/shared-services";
import { statusOf } from "../../google-apis/answers";
import { type Finding, good } from "../finding";
import { permissionsFor, scriptsOf } from "../permissions";
import type { Check, Subject } from "../subject";

/** As many as one request may ask for: https://cloud.google.com/resource-manager/reference/rest/v3/projects/testIamPermissions */
const AT_ONCE = 100;
/** What data sources read in the project of the networks. */
const READ_IN_HOST = [
  "compute.networks.get",
  "compute.networks.list",
  "compute.subnetworks.get",
  "compute.subnetworks.list",
] as const;
/** What a cluster and a VM in a subnetwork need there: https://cloud.google.com/vpc/docs/shared-vpc#iam_in_shared_vpc */
const IN_SUBNETWORK = ["compute.subnetworks.use"] as const;

export const access: Check = {
  id: "permissions",
  title: "your permissions",
  look: async (subject) => [...(await inProject(subject)), ...(await inHost(subject))],
};

/** @returns what is granted, and what Google does not test */
async function tested(
  permissions: readonly string[],
  ask: (permissions: string[]) => Promise<{ readonly data: { permissions?: string[] | null } }>,
): Promise<{ readonly missing: readonly string[]; readonly untested: readonly string[] }> {
  const untested: string[] = [];
  const granted = new Set<string>();
  for (let start = 0; start < permissions.length; start += AT_ONCE) {
    let asked = permissions.slice(start, start + AT_ONCE);
    while (asked.length > 0) {
      try {
        const { data } = await ask([...asked]);
        for (const permission of data.permissions ?? []) granted.add(permission);
        break;
      } catch (error) {
        // A permission that Google does not test here makes the whole request fail.
        const { message } = error as Error;
        const refused = statusOf(error) === 400 ? asked.filter((permission) => message.includes(permission)) : [];
        if (refused.length === 0) throw error;
        untested.push(...refused);
        asked = asked.filter((permission) => !refused.includes(permission));
      }
    }
  }
  return {
    missing: permissions.filter((permission) => !granted.has(permission) && !untested.includes(permission)),
    untested,
  };
}

/** @param where whether a resource is in the project that is meant */
function neededFor({ resources }: Subject, where: (project: unknown) => boolean) {
  const there = resources.filter(({ block }) => where(block["project"]));
  return permissionsFor(
    there.map(({ type }) => type),
    there.flatMap(scriptsOf),
  );
}

function testProject({ google }: Subject, id: string, permissions: readonly string[]) {
  return tested(permissions, (asked) =>
    google.projects.projects.testIamPermissions({ resource: `projects/${id}`, requestBody: { permissions: asked } }),
  );
}

async function inProject(subject: Subject): Promise<Finding[]> {
  const { project_id: id } = subject.variables;
  const host = networkProjectOf(subject.variables);
  const { permissions, unknown } = neededFor(subject, (project) => host === id || project !== host);
  const { missing, untested } = await testProject(subject, id, permissions);
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
}

/** In the host project of a Shared VPC: what is read and created there, and the subnetwork, which may be shared alone. */
async function inHost(subject: Subject): Promise<Finding[]> {
  const { google, variables: v } = subject;
  if (!isSharedVpc(v)) return [];
  const host = networkProjectOf(v);
  const { permissions } = neededFor(subject, (project) => project === host);
  const needed = [...new Set([...READ_IN_HOST, ...permissions])].sort();
  const { missing, untested } = await testProject(subject, host, needed);
  const uses = v.subnetwork_name !== "" && (v.gke_cluster_name === "" || createsFileServer(v));
  const subnetwork = uses
    ? await tested(IN_SUBNETWORK, (asked) =>
        google.compute.subnetworks.testIamPermissions({
          project: host,
          region: v.region,
          resource: v.subnetwork_name,
          requestBody: { permissions: asked },
        }),
      )
    : { missing: [], untested: [] };
  const rest = [...untested, ...subnetwork.untested].map((permission) =>
    unasked(`Google does not test ${permission} in ${host}`),
  );
  const lacking = [
    ...(missing.length > 0 ? [`${missing.join(", ")} in the host project ${host}`] : []),
    ...(subnetwork.missing.length > 0
      ? [`${subnetwork.missing.join(", ")} on its subnetwork ${v.subnetwork_name}`]
      : []),
  ];
  return lacking.length === 0
    ? [good(`You have what the stacks need in the host project ${host}.`), ...rest]
    : [
        {
          level: "problem",
          fact: `You lack ${lacking.join(", and ")}.`,
          consequence: "The plan would not find the network, or the apply would stop half-way.",
          remedy: "Ask its administrators: docs/existing-services.md#shared-vpc has the commands.",
        },
        ...rest,
      ];
}

function unasked(fact: string): Finding {
  return { level: "unseen", fact: `${fact}.`, remedy: "The apply will show whether you have it." };
}
