import { isIPv4 } from "node:net";
import type { SharedServices } from "../app-gke/google/shared-services";
import { databasesOf } from "../dify-common";
import { installationOf } from "./installation";
import type { Environment } from "./environment";
import type { Problem } from "./problems";
import { type StageRuleId, stageRules } from "./rules/stages";
import { sharedServices } from "./shared-services";
import { namespaceOf, placeStages, type StageVariable } from "./stage-places";
import type { Variables } from "./variables";

/** What is wrong, before it is known where it stands. */
type Finding = Required<Pick<Problem, "severity" | "message">> & { readonly id: StageRuleId };

/** An environment with the names that follow from its file. */
interface Party {
  /** As a message calls it. */
  readonly title: string;
  readonly variables: Variables;
  readonly services: SharedServices;
  readonly namespace: string;
}

/**
 * What does not fit between a pipeline and the environments that are its stages.
 * @param found environments with a file next to this one's, by the stages' names; `undefined` where the file is there and
 *   could not be made sense of
 */
export function stageProblems(
  environment: Environment,
  found: ReadonlyMap<string, Environment | undefined>,
): Problem[] {
  const { name, variables, file, locations } = environment;
  if (!variables.enable_cloud_deploy) return [];
  const place = locations.get("cloud_deploy_stages");
  const parties = [party(environment, "this environment")];
  const findings = placeStages(name, variables).flatMap(({ type, variable: stage }): Finding[] => {
    if (type !== "elsewhere") return [];
    if (!found.has(stage.name)) return [hasNoFile(stage)];
    const sibling = found.get(stage.name);
    // What is wrong with it is reported on its own.
    if (!sibling) return [];
    const other = party(sibling, `the environment of ${sibling.file}`);
    const earlier = [...parties];
    parties.push(other);
    return [
      ...disagreements(stage, sibling.file, other),
      ...earlier.flatMap((one) => sharedData(stage.name, other, one)),
      ...admission(sibling),
    ];
  });
  return findings.map(({ severity, id, message }) => ({
    severity,
    environment: name,
    file: place?.file ?? file,
    line: place?.line,
    column: place?.column,
    variable: "cloud_deploy_stages",
    group: 12,
    message,
    rule: { id, risk: severity === "warning" ? "Medium" : stageRules[id].risk },
  }));
}

function party({ name, variables }: Environment, title: string): Party {
  const installation = installationOf(name, variables);
  return {
    title,
    variables,
    services: sharedServices(variables, installation),
    namespace: namespaceOf(variables, installation),
  };
}

function hasNoFile({ name }: StageVariable): Finding {
  return {
    severity: "warning",
    id: "stage-has-no-file",
    message: `Stage "${name}" is another environment, and there is no ${name}.tfvars here: its pods would get this file's sizes and settings, under the names that an environment called "${name}" has. Put its variable file here, or give the stage that file's name.`,
  };
}

/** What an entry leaves out, the environment's own file says. */
function disagreements(stage: StageVariable, file: string, { variables, services, namespace }: Party): Finding[] {
  const places: readonly [string, string | undefined, string][] = [
    ["namespace", stage.namespace, namespace],
    ["project", stage.project_id, variables.project_id],
    ["region", stage.region, services.cluster.location],
    ["cluster", stage.cluster, services.cluster.name],
  ];
  return places
    .filter(([, here, there]) => here !== undefined && here !== there)
    .map(([what, here = "", there]) => ({
      severity: "error",
      id: "stage-is-its-environment",
      message: `Stage "${stage.name}" is the environment of ${file}, and the two disagree: the ${what} is ${here} here and ${there} there. Releases would go where nothing is prepared for them. Make both the same.`,
    }));
}

/** Only what is certain is refused: two networks may give the same address to two servers. */
function sharedData(stage: string, one: Party, other: Party): Finding[] {
  const [a, b] = [one.variables, other.variables];
  const together = a.project_id === b.project_id;
  const finding = (severity: Finding["severity"], message: string): Finding => ({
    severity,
    id: "stages-data-apart",
    message: `Stage "${stage}" is ${one.title}, and ${message}`,
  });
  const tasks =
    "each would take tasks from the other's queue, since every environment uses the databases 0 to 2 of its server.";
  const result: Finding[] = [];
  if (a.redis_host !== "" && a.redis_host === b.redis_host && a.redis_port === b.redis_port) {
    const shared = `it and ${other.title} name the same Redis, ${a.redis_host}`;
    const sameNetwork = together && one.services.network.name === other.services.network.name;
    result.push(
      !isIPv4(a.redis_host) || sameNetwork
        ? finding("error", `${shared}: ${tasks} Set redis_host in one of them to another server.`)
        : finding(
            "warning",
            `${shared}, in two networks. Unless these are two servers, ${tasks} Set redis_host in one of them to another server, or to a name that tells the two apart.`,
          ),
    );
  }
  const [files, others] = [one.services.fileServer, other.services.fileServer];
  // The share has a directory for each environment; Redis has nothing of the kind.
  const onFileServer = a.redis_host === "" && b.redis_host === "";
  if (together && onFileServer && files && files.name === others?.name && files.zone === others.zone) {
    result.push(
      finding(
        "error",
        `it and ${other.title} have their Redis on the same file server, ${files.name}: ${tasks} Name another file server in nfs_instance_name of one of them, or another Redis in redis_host.`,
      ),
    );
  }
  const sql = one.services.sql?.name;
  const theirs = new Set(databasesOf(b.db_name));
  const shared = databasesOf(a.db_name).find((name) => theirs.has(name));
  if (together && sql !== undefined && sql === other.services.sql?.name && shared !== undefined) {
    result.push(
      finding(
        "error",
        `it and ${other.title} have the same database, ${shared} of Cloud SQL instance ${sql}: one would work on the other's data, and a version tried in one would migrate it for both. Set db_name and db_user in one of them to other names before it is deployed, or name another instance in sql_instance_name.`,
      ),
    );
  }
  return result;
}

/** Whether that environment lets in what the pipeline brings. */
function admission({ file, variables }: Environment): Finding[] {
  const { delivered_by_service_account, enable_binary_authorization, binauthz_evaluation_mode } = variables;
  const result: Finding[] = [];
  if (delivered_by_service_account === "") {
    result.push({
      severity: "warning",
      id: "stage-lets-nobody-in",
      message: `delivered_by_service_account is empty in ${file}, so that environment does not know of this pipeline: releases would be refused there, and Terraform would take them back. Set it to this environment's output cloud_deploy_service_account.`,
    });
  }
  if (enable_binary_authorization && binauthz_evaluation_mode === "REQUIRE_ATTESTATION") {
    result.push({
      severity: "warning",
      id: "stage-attests-by-itself",
      message: `The cluster of ${file} asks for attestations of that environment's own attestor, and this pipeline's builds have those of this environment at most: no pod of a new version would start there. Attest its images with scripts/delivery/attest-images.sh for that environment (its output binary_authorization has attestor and key) before promoting, or set binauthz_evaluation_mode = "ALWAYS_ALLOW" there.`,
    });
  }
  return result;
}
