import type { Variables } from "../../modules/dify-gke/variables";
import { type Evidence, stepsOf } from "./evidence";

/** The result of a check. */
export interface Verdict {
  readonly result: "passed" | "failed" | "not tried";
  /** What was seen, or why nothing was. */
  readonly why: string;
}

/** Something that only a real project shows. */
export interface Point {
  /** Its title in docs/acceptance.md. */
  readonly what: string;
  readonly judge: (evidence: Evidence) => Verdict;
}

/** Applied after the second plan, with one change: the plan after it has to be empty again. */
export interface Change {
  readonly what: string;
  /** Its name in the titles of the steps. */
  readonly title: string;
  readonly applies: (variables: Variables) => boolean;
  /** Why it is not tried if it does not apply. */
  readonly otherwise: string;
  readonly variables: Partial<Variables>;
}

export const CHANGES: readonly Change[] = [
  {
    what: "An empty second plan with Binary Authorization turned off, where its block has a condition",
    title: "Binary Authorization off",
    applies: (variables) => variables.enable_binary_authorization,
    otherwise: "enable_binary_authorization is false.",
    variables: { enable_binary_authorization: false },
  },
  {
    what: "An account at Docker Hub taken away again",
    title: "no Docker Hub account",
    applies: (variables) => variables.docker_hub_user !== "",
    otherwise: "docker_hub_user is not set.",
    variables: { docker_hub_user: "", docker_hub_password_secret: "" },
  },
];

/** Points that are decided by the logs of the run. */
export const POINTS: readonly Point[] = [
  {
    what: "Destroying a network whose private services connection is abandoned",
    judge: (evidence) => {
      if (!creates(evidence, "google_compute_network") || !creates(evidence, "google_service_networking_connection")) {
        return notTried("The run creates no network with private services access.");
      }
      const [destroy] = stepsOf(evidence, "destroy", foundationOf(evidence));
      if (!destroy) return notTried("Nothing was destroyed.");
      if (destroy.passed) return passed("The foundation was destroyed, including its network.");
      const line = lineWith(destroy.log, /servicenetworking|already being used/i);
      return line ? failed(line) : notTried("The destroy failed for another reason.");
    },
  },
  {
    what: "Custom resources right after the cluster",
    judge: (evidence) => {
      if (!creates(evidence, "kubernetes_manifest"))
        return notTried("The environment has no custom resource: it has no gateway.");
      return applied(evidence, /no matches for kind/i, "The custom resources were created right after the cluster.");
    },
  },
  {
    what: "A bare project without default APIs",
    judge: (evidence) =>
      creates(evidence, "google_project_service")
        ? applied(
            evidence,
            /SERVICE_DISABLED|has not been used in project|service account .* does not exist/i,
            "No API and no service agent was missing.",
          )
        : notTried("require_services_gcp_module is false: the run enables no API."),
  },
  {
    what: "An apply that outlasts a runner's token",
    judge: (evidence) =>
      evidence.environment.variables.kubernetes_credentials === "plugin"
        ? applied(evidence, /\bUnauthorized\b/, "No request to the cluster was refused for its token.")
        : notTried('kubernetes_credentials is not "plugin".'),
  },
  {
    what: "The quota project of a person's credentials",
    judge: (evidence) => applied(evidence, /requires a quota project/i, "No API asked for a quota project."),
  },
];

/** @returns the result of applying both stacks: failed with the line that matches `pattern`, otherwise passed */
function applied(evidence: Evidence, pattern: RegExp, good: string): Verdict {
  const applies = stepsOf(evidence, "apply");
  const line = applies.map(({ log }) => lineWith(log, pattern)).find(Boolean);
  if (line) return failed(line);
  const whole = applies.length === evidence.stacks.length && applies.every((step) => step.passed);
  return whole ? passed(good) : notTried("The apply did not finish.");
}

/** @returns the result of a change that the run applied, or why it was not applied */
export function judgeChange(evidence: Evidence, change: Change): Verdict {
  if (!change.applies(evidence.environment.variables)) return notTried(change.otherwise);
  const plans = stepsOf(evidence, `plan again, ${change.title}`);
  if (plans.length < evidence.stacks.length) return notTried("The run did not get that far.");
  const [full] = plans.filter(({ passed: empty }) => !empty);
  return full ? failed(`The plan of ${full.stack} is not empty.`) : passed("The plans after it are empty.");
}

function creates({ stacks }: Evidence, type: string): boolean {
  return stacks.some(({ resources }) => resources[type] !== undefined);
}

function foundationOf({ stacks }: Evidence): string | undefined {
  return stacks.find(({ name }) => name.endsWith("-foundation"))?.name;
}

function lineWith(log: string, pattern: RegExp): string | undefined {
  return log
    .split("\n")
    .find((line) => pattern.test(line))
    ?.trim();
}

function passed(why: string): Verdict {
  return { result: "passed", why };
}

export function failed(why: string): Verdict {
  return { result: "failed", why };
}

export function notTried(why: string): Verdict {
  return { result: "not tried", why };
}
