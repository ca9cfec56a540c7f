import { found, isDisabled, statusOf } from "../../google-apis/answers";
import { type Finding, good, unseen } from "../finding";
import { type Check, ofType, type Subject } from "../subject";

/** Something whose name can be taken. */
interface Named {
  readonly what: string;
  readonly name: string;
  /** @returns whether something has that name; throws what Google answers */
  readonly exists: () => Promise<boolean>;
  /** Nobody in the world may have it twice. @default false */
  readonly worldwide?: boolean;
  /** What to do if it is somebody else's. @default - another `tenant_id` or `deployment_id` */
  readonly remedy?: string;
}

export const names: Check = {
  id: "names",
  title: "names that the stacks take",
  look: async (subject) => {
    const taken = await Promise.all(
      namesOf(subject).map(async (named): Promise<Finding[]> => {
        try {
          return (await named.exists()) ? [ofProject(named)] : [];
        } catch (error) {
          // A bucket of somebody else's, in another project.
          if (named.worldwide && statusOf(error) === 403 && !isDisabled(error)) return [ofOthers(named)];
          const finding = unseen(error, `Whether the ${named.what} ${named.name} exists`);
          if (finding) return [finding];
          throw error;
        }
      }),
    );
    const findings = taken.flat();
    const free = taken.filter((one) => one.length === 0).length;
    return [
      ...findings,
      ...(free > 0 ? [good(`${free} names of buckets, database, its user, cluster and network are free.`)] : []),
    ];
  },
};

/** Those that a half-made environment, another one, or somebody else could have. Expressions are not known before the apply. */
function namesOf(subject: Subject): Named[] {
  const { variables, google } = subject;
  const { project_id: project, region, sql_instance_name: instance } = variables;
  const plain = (type: string, argument = "name"): string[] =>
    ofType(subject, type)
      .map(({ block }) => block[argument])
      .filter((name): name is string => typeof name === "string" && !name.includes("${"));
  return [
    ...plain("google_storage_bucket").map((name) => ({
      what: "bucket",
      name,
      worldwide: true,
      exists: async () => (await found(google.storage.buckets.get({ bucket: name }))) !== undefined,
    })),
    ...plain("google_sql_database_instance").map((name) => ({
      what: "database instance",
      name,
      exists: async () => (await found(google.sql.instances.get({ project, instance: name }))) !== undefined,
    })),
    ...(instance === "" ? [] : plain("google_sql_user")).map((name) => ({
      what: `user of the database instance ${instance}`,
      name,
      remedy: "Import it into the state, or set another db_user.",
      exists: async () => {
        const users = await found(google.sql.users.list({ project, instance }));
        return users?.items?.some((user) => user.name === name) === true;
      },
    })),
    ...plain("google_container_cluster").map((name) => ({
      what: "cluster",
      name,
      exists: async () =>
        (await found(
          google.container.projects.locations.clusters.get({
            name: `projects/${project}/locations/${region}/clusters/${name}`,
          }),
        )) !== undefined,
    })),
    ...plain("google_compute_network").map((name) => ({
      what: "network",
      name,
      exists: async () => (await found(google.compute.networks.get({ project, network: name }))) !== undefined,
    })),
  ];
}

const OTHER_NAMES = "Import it into the state, or set another tenant_id or deployment_id, from which the names follow.";

function ofProject({ what, name, remedy = OTHER_NAMES }: Named): Finding {
  return {
    level: "warning",
    fact: `The ${what} ${name} exists already.`,
    consequence: "If this environment is deployed, it is its own. If not, the apply stops where it wants to create it.",
    remedy,
  };
}

function ofOthers({ what, name }: Named): Finding {
  return {
    level: "problem",
    fact: `The ${what} ${name} exists and belongs to somebody else.`,
    consequence: "The apply would stop where it wants to create it.",
    remedy: "Set another tenant_id or deployment_id, from which the names follow.",
  };
}
