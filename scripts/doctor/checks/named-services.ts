import { clusterRequirements } from "../../../modules/app-gke/google/cluster-requirements";
import { fileServerRequirements } from "../../../modules/app-gke/google/file-server-requirements";
import { filestoreRequirements } from "../../../modules/app-gke/google/filestore-requirements";
import { registryRequirements } from "../../../modules/app-gke/google/registry-requirements";
import { sqlRequirements } from "../../../modules/app-gke/google/sql-requirements";
import { needsFleet } from "../../../modules/dify-gke/fleet";
import { needsGatewayApi } from "../../../modules/dify-gke/front-door";
import { collectsMetrics } from "../../../modules/dify-gke/monitoring";
import {
  databaseVersion,
  iamAuthentication,
  networkProjectOf,
  networkWanted,
} from "../../../modules/dify-gke/shared-services";
import { found } from "../../google-apis/answers";
import {
  foundCluster,
  foundFileServer,
  foundFilestore,
  foundRegistry,
  foundSqlInstance,
} from "../../google-apis/found";
import { compared } from "../compared";
import { type Finding, good, unseen } from "../finding";
import type { Check, Subject } from "../subject";
import { redis } from "./named-redis";

export const services: Check = {
  id: "named-services",
  title: "services that are used by name",
  look: async (subject) => {
    const looks = [
      ["the cluster of gke_cluster_name", cluster],
      ["the database instance of sql_instance_name", database],
      ["the network of network_name", network],
      ["the file server of nfs_instance_name", fileServer],
      ["the Filestore of filestore_name", filestore],
      ["the Redis of redis_host", redis],
      ["the repository of image_mirror_repository", registry],
    ] as const;
    const findings = await Promise.all(
      looks.map(async ([what, look]) => {
        try {
          return await look(subject);
        } catch (error) {
          const finding = unseen(error, `Whether ${what} can be used`);
          if (finding) return [finding];
          throw error;
        }
      }),
    );
    const all = findings.flat();
    return all.length > 0
      ? all
      : [
          good(
            "The variable file names no existing cluster, database, network, file server, Filestore or registry, and no Redis of Memorystore's.",
          ),
        ];
  },
};

/** As many names as a message shows. */
const SHOWN = 10;

/** @param there what exists instead. @default - not asked */
function absent(variable: string, name: string, what: string, help: string, there?: readonly string[]): Finding {
  const known = (there ?? []).slice(0, SHOWN).join(", ");
  const instead = there === undefined ? "" : known === "" ? " There is none." : ` Those that exist: ${known}.`;
  return {
    level: "problem",
    fact: `${variable} = "${name}" names no ${what} that these credentials see.${instead}`,
    consequence: "The plan would fail.",
    remedy: "Correct the name, or leave it out to have one created.",
    help,
  };
}

/** @returns what a list says; `undefined` where it is not for these credentials: the rest of the message is still true */
async function named(list: () => Promise<readonly (string | null | undefined)[]>): Promise<string[] | undefined> {
  try {
    return (await list()).flatMap((name) => name ?? []).sort();
  } catch {
    return undefined;
  }
}

async function cluster({ variables, google }: Subject): Promise<Finding[]> {
  const { gke_cluster_name: name, project_id: projectId } = variables;
  const location = variables.gke_cluster_location || variables.region;
  if (name === "") return [];
  const there = await found(
    google.container.projects.locations.clusters.get({
      name: `projects/${projectId}/locations/${location}/clusters/${name}`,
    }),
  );
  if (!there) {
    const help = `gcloud container clusters list --project=${projectId}`;
    const others = await named(async () => {
      const parent = `projects/${projectId}/locations/-`;
      const { data } = await google.container.projects.locations.clusters.list({ parent });
      return (data.clusters ?? []).map((one) => `${one.name} in ${one.location}`);
    });
    return [absent("gke_cluster_name", name, `cluster in ${location}`, help, others)];
  }
  const wanted = {
    name,
    location,
    ...networkWanted(variables),
    gatewayApi: needsGatewayApi(variables),
    managedPrometheus: collectsMetrics(variables) && variables.deploy_application,
    bucketVolumes: variables.gcs_volumes.length > 0 && variables.deploy_application,
    verticalAutoscaling: variables.enable_vertical_pod_autoscaling && variables.deploy_application,
    fleet: needsFleet(variables),
    endpoint: variables.kubernetes_endpoint,
  };
  const service = foundCluster(there);
  return compared(clusterRequirements(wanted), service, `The cluster ${name} runs ${service.version} and fits.`);
}

async function database({ variables, google }: Subject): Promise<Finding[]> {
  const { sql_instance_name: name, project_id: projectId } = variables;
  if (name === "") return [];
  const there = await found(google.sql.instances.get({ project: projectId, instance: name }));
  if (!there) {
    return [absent("sql_instance_name", name, "database instance", `gcloud sql instances list --project=${projectId}`)];
  }
  const wanted = {
    name,
    databaseVersion: databaseVersion(variables.database_type),
    iamAuthentication: iamAuthentication(variables),
    ...networkWanted(variables),
  };
  const service = foundSqlInstance(there);
  const fits = `The database instance ${name} is ${service.version} with a private address and fits.`;
  return compared(sqlRequirements(wanted), service, fits);
}

async function network({ variables, google }: Subject): Promise<Finding[]> {
  const { network_name: name } = variables;
  const project = networkProjectOf(variables);
  if (name === "") return [];
  const there = await found(google.compute.networks.get({ project, network: name }));
  return there
    ? [good(`The network ${name} is there.`)]
    : [absent("network_name", name, "network", `gcloud compute networks list --project=${project}`)];
}

async function filestore({ variables, google }: Subject): Promise<Finding[]> {
  const {
    filestore_name: name,
    filestore_location: location,
    enable_nfs: used,
    project_id: project,
    region,
  } = variables;
  if (name === "" || !used) return [];
  const path = `projects/${project}/locations/${location}/instances/${name}`;
  const there = await found(google.files.projects.locations.instances.get({ name: path }));
  if (!there) {
    const help = `gcloud filestore instances list --project=${project}`;
    const others = await named(async () => {
      const parent = `projects/${project}/locations/-`;
      const { data } = await google.files.projects.locations.instances.list({ parent });
      return (data.instances ?? []).map((one) => one.name?.replace(/.*\/locations\/(.*)\/instances\/(.*)/, "$2 in $1"));
    });
    return [absent("filestore_name", name, `Filestore instance in ${location}`, help, others)];
  }
  const requirements = filestoreRequirements({ name, region, ...networkWanted(variables) });
  return compared(requirements, foundFilestore(there), `The Filestore ${name} is ready and fits.`);
}

async function registry({ variables, google }: Subject): Promise<Finding[]> {
  const { image_mirror_repository: name, enable_image_mirroring: used, project_id: projectId, region } = variables;
  if (name === "" || !used) return [];
  const place = `projects/${projectId}/locations/${region}`;
  const there = await found(
    google.registries.projects.locations.repositories.get({ name: `${place}/repositories/${name}` }),
  );
  if (!there) {
    const help = `gcloud artifacts repositories list --location=${region} --project=${projectId}`;
    return [absent("image_mirror_repository", name, `repository in ${region}`, help)];
  }
  const requirements = registryRequirements({ name, projectId, region });
  return compared(requirements, foundRegistry(there), `The repository ${name} is there and fits.`);
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
  const found = machines.map(foundFileServer);
  const machine = found.find(({ zone }) => zone.startsWith(`${region}-`)) ?? found[0];
  if (!machine) {
    const help = `gcloud compute instances list --project=${project}`;
    const others = await named(async () => {
      const { data: all } = await google.compute.instances.aggregatedList({ project });
      return Object.values(all.items ?? {})
        .flatMap(({ instances }) => instances ?? [])
        .filter(({ tags }) => tags?.items?.includes("nfsserver"))
        .map((one) => `${one.name} in ${one.zone?.split("/").at(-1)}`);
    });
    return [absent("nfs_instance_name", name, `VM in ${region}`, help, others)];
  }
  const wanted = { name, region, ...networkWanted(variables) };
  return compared(fileServerRequirements(wanted), machine, `The file server ${name} runs in ${machine.zone}.`);
}
