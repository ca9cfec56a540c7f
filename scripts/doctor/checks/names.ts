import { type Finding, good } from "../finding";
import { type Check, ofType, type Subject } from "../subject";
import { found, isDisabled, statusOf, unseen } from "../google";

/** Something whose name can be taken. */
interface Named {
  readonly what: string;
  readonly name: string;
  /** @returns whether something has that name; throws what Google answers */
  readonly exists: () => Promise<boolean>;
  /** Nobody in the world may have it twice. @default false */
  readonly worldwide?: boolean;
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
      ...(free > 0 ? [good(`${free} names of buckets, database, cluster and network are free.`)] : []),
    ];
  },
};

/** Those that a half-made environment, another one, or somebody else could have. Expressions are not known before the apply. */
function namesOf(subject: Subject): Named[] {
  const { variables, google } = subject;
  const { project_id: project, region } = variables;
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

function ofProject({ what, name }: Named): Finding {
  return {
    level: "warning",
    fact: `The ${what} ${name} exists already.`,
    consequence: "If this environment is deployed, it is its own. If not, the apply stops where it wants to create it.",
    remedy: "Import it into the state, or set another tenant_id or deployment_id, from which the names follow.",
  };
}

function ofOthers({ what, name }: Named): Finding {
  return {
    level: "problem",
    fact: `The ${what} ${name} exists, and not for you: somebody else has that name.`,
    consequence: "The apply would stop where it wants to create it.",
    remedy: "Set another tenant_id or deployment_id, from which the names follow.",
  };
}

export const services: Check = {
  id: "named-services",
  title: "services that are used by name",
  look: async (subject) => {
    const findings = (
      await Promise.all([cluster(subject), database(subject), network(subject), fileServer(subject)])
    ).flat();
    return findings.length > 0
      ? findings
      : [good("The variable file names no existing cluster, database, network or file server.")];
  },
};

function absent(variable: string, name: string, what: string, help: string): Finding {
  return {
    level: "problem",
    fact: `${variable} = "${name}" names no ${what} that these credentials see.`,
    consequence: "The plan would fail.",
    remedy: "Correct the name, or leave it out to have one created.",
    help,
  };
}

async function cluster({ variables, google }: Subject): Promise<Finding[]> {
  const { gke_cluster_name: name, project_id: project, region } = variables;
  if (name === "") return [];
  const there = await found(
    google.container.projects.locations.clusters.get({
      name: `projects/${project}/locations/${region}/clusters/${name}`,
    }),
  );
  if (!there) {
    return [
      absent("gke_cluster_name", name, `cluster in ${region}`, `gcloud container clusters list --project=${project}`),
    ];
  }
  const lacks = [
    ...(there.workloadIdentityConfig?.workloadPool
      ? []
      : ["Workload Identity, without which no pod can reach Google's APIs"]),
    ...(there.autopilot?.enabled ||
    there.networkConfig?.datapathProvider === "ADVANCED_DATAPATH" ||
    (there.networkPolicy?.enabled && !there.addonsConfig?.networkPolicyConfig?.disabled)
      ? []
      : ["network policies that are enforced, without which the sandboxes would be open"]),
    ...(there.status === "RUNNING" ? [] : [`the state RUNNING: it is ${there.status ?? "unknown"}`]),
  ];
  return lacks.length === 0
    ? [good(`The cluster ${name} runs ${there.currentMasterVersion ?? "an unknown version"} and fits.`)]
    : [
        {
          level: "problem",
          fact: `The cluster ${name} of gke_cluster_name lacks ${lacks.join("; ")}.`,
          consequence: "The plan would refuse it.",
          remedy: "Turn it on, or leave gke_cluster_name out to have a cluster created.",
          help: `gcloud container clusters describe ${name} --location=${region} --project=${project}`,
        },
      ];
}

async function database({ variables, google }: Subject): Promise<Finding[]> {
  const { sql_instance_name: name, project_id: project, region } = variables;
  if (name === "") return [];
  const there = await found(google.sql.instances.get({ project, instance: name }));
  if (!there)
    return [absent("sql_instance_name", name, "database instance", `gcloud sql instances list --project=${project}`)];
  const lacks = [
    ...(/^POSTGRES_(1[5-9]|[2-9]\d)$/.test(there.databaseVersion ?? "")
      ? []
      : [`PostgreSQL 15 or newer: it is ${there.databaseVersion ?? "unknown"}`]),
    ...(there.ipAddresses?.some(({ type }) => type === "PRIVATE") ? [] : ["a private address"]),
    ...(there.state === "RUNNABLE" ? [] : [`the state RUNNABLE: it is ${there.state ?? "unknown"}`]),
    ...(there.region === region ? [] : [`the region ${region}: it is in ${there.region ?? "an unknown one"}`]),
  ];
  return lacks.length === 0
    ? [good(`The database instance ${name} is ${there.databaseVersion ?? ""} with a private address and fits.`)]
    : [
        {
          level: "problem",
          fact: `The database instance ${name} of sql_instance_name lacks ${lacks.join("; ")}.`,
          consequence: "The plan or the first job would fail.",
          remedy: "Change the instance, or leave sql_instance_name out to have one created.",
          help: `gcloud sql instances describe ${name} --project=${project}`,
        },
      ];
}

async function network({ variables, google }: Subject): Promise<Finding[]> {
  const { network_name: name, project_id: project } = variables;
  if (name === "") return [];
  const there = await found(google.compute.networks.get({ project, network: name }));
  return there
    ? [good(`The network ${name} is there.`)]
    : [absent("network_name", name, "network", `gcloud compute networks list --project=${project}`)];
}

/** One of this project's is found by its address, any other one is a VM of that name. */
async function fileServer({ variables, google }: Subject): Promise<Finding[]> {
  const { nfs_instance_name: name, project_id: project, region } = variables;
  if (name === "") return [];
  const filter = `name = "${name}"`;
  const { data: addresses } = await google.compute.addresses.list({ project, region, filter });
  if (addresses.items?.some(({ addressType }) => addressType === "INTERNAL")) {
    return [good(`The file server ${name} has its address in ${region}.`)];
  }
  const { data } = await google.compute.instances.aggregatedList({ project, filter });
  const machines = Object.values(data.items ?? {}).flatMap(({ instances }) => instances ?? []);
  const [machine] = machines.filter(({ zone }) => zone?.split("/").pop()?.startsWith(`${region}-`));
  if (!machine) {
    return [absent("nfs_instance_name", name, `VM in ${region}`, `gcloud compute instances list --project=${project}`)];
  }
  return machine.status === "RUNNING"
    ? [good(`The file server ${name} runs in ${machine.zone?.split("/").pop() ?? region}.`)]
    : [
        {
          level: "problem",
          fact: `The VM ${name} of nfs_instance_name is ${machine.status ?? "in no state that is known"}.`,
          consequence: "No pod could mount the share or reach Redis.",
          remedy: "Start it, or leave nfs_instance_name out to have one created.",
          help: `gcloud compute instances start ${name} --project=${project} --zone=${machine.zone?.split("/").pop() ?? "ZONE"}`,
        },
      ];
}
