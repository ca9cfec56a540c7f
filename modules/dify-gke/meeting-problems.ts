import { overlap, parseNetwork } from "../dify-common/address-ranges";
import { type Claim, claimsOf } from "./claims";
import type { Environment } from "./environment";
import { installationOf } from "./installation";
import type { Problem } from "./problems";
import { claimRuleId, type ClaimKind, claimRules } from "./rules/claims";
import { rangesOf } from "./rules/network";
import { usesRedisIn } from "./redis-place";
import { networkProjectOf, sharedServices } from "./shared-services";
import { definitionOf, type VariableName } from "./variables";
import { inWords, readable } from "./variables/mention";

/** What two environments both have, before its place is known. */
interface Meeting {
  readonly kind: ClaimKind;
  readonly severity: Problem["severity"];
  /** What they have, to follow "both have" in a sentence. */
  readonly what: string;
  readonly variables: readonly VariableName[];
}

/**
 * Problems of environments in one directory that would use the same name or resource. Each problem is shown in the
 * later of the two files, and names both.
 * @param environments those that were asked for
 * @param others the rest of the directory
 */
export function meetingProblems(environments: readonly Environment[], others: readonly Environment[]): Problem[] {
  const all = [...environments, ...others].map((environment) => ({ environment, claims: claimsOf(environment) }));
  const byKey = new Map<string, number[]>();
  all.forEach(({ claims }, index) => {
    for (const claim of claims) {
      const holders = byKey.get(keyOf(claim)) ?? [];
      if (!holders.includes(index)) byKey.set(keyOf(claim), [...holders, index]);
    }
  });
  const pairs = new Set<string>();
  for (const holders of byKey.values())
    for (const a of holders) for (const b of holders) if (a < b) pairs.add(`${a} ${b}`);
  for (const pair of sameNetwork(all.map(({ environment }) => environment))) pairs.add(pair);
  const found = [...pairs].flatMap((pair) => {
    const [a = 0, b = 0] = pair.split(" ").map(Number);
    const [one, other] = [all[a], all[b]];
    // If neither was asked for, it is reported when one of them is.
    if (!one || !other || a >= environments.length) return [];
    const both = [...common(one.claims, other.claims), ...ranges(one.environment, other.environment)];
    return [...both, ...guests(one.environment, other.environment), ...guests(other.environment, one.environment)].map(
      (meeting) => problem(meeting, ...inOrder(one.environment, other.environment, b >= environments.length)),
    );
  });
  return firstOfEach(found);
}

/** Problems of one rule that are shown: ten copies of a file make 45 pairs, and the first twenty explain the others. */
const MOST = 20;

/** @returns the first problems of each rule, and how many more there are */
function firstOfEach(problems: readonly Problem[]): Problem[] {
  const byRule = new Map<string, Problem[]>();
  for (const one of problems) {
    const id = one.rule?.id ?? "";
    const others = byRule.get(id);
    if (others) others.push(one);
    else byRule.set(id, [one]);
  }
  return [...byRule.values()].flatMap((all) => {
    const [next] = all.slice(MOST);
    const message = `${all.length - MOST} more problems like the ${MOST} before this one are not shown. Correct these first.`;
    return [...all.slice(0, MOST), ...(next ? [{ ...next, id: "more-problems" as const, message }] : [])];
  });
}

function keyOf({ kind, key }: Claim): string {
  return `${kind} ${key}`;
}

/** The environment where the problem is shown comes last, and was asked for. */
function inOrder(
  one: Environment,
  other: Environment,
  onlyFirstAsked: boolean,
): [first: Environment, shown: Environment] {
  if (onlyFirstAsked) return [other, one];
  return one.name < other.name ? [one, other] : [other, one];
}

function problem({ kind, severity, what, variables }: Meeting, first: Environment, shown: Environment): Problem {
  const [variable = "project_id"] = [
    ...variables.filter((name) => shown.given.has(name)),
    ...variables.filter((name) => first.given.has(name)),
    ...variables,
  ];
  const place = shown.locations.get(nearest(shown, variables) ?? variable);
  const { consequence, remedy, risk } = claimRules[kind];
  const unless = severity === "warning" ? "in two networks. Unless these are two different servers: " : "";
  return {
    severity,
    environment: shown.name,
    file: place?.file ?? shown.file,
    line: place?.line,
    column: place?.column,
    variable,
    related: variables.filter((name) => name !== variable),
    group: definitionOf(variable)?.group,
    message: readable(
      `${where(first, variables)} and ${where(shown, variables)} both have ${what}${unless === "" ? ": " : `, ${unless}`}${consequence} ${remedy}`,
    ),
    rule: { id: claimRuleId(kind), risk: severity === "warning" ? "Medium" : risk },
  };
}

/** What environments meet in, if a file sets nothing of what they both have: every file sets its project. */
const PLACES = ["network_name", "project_id"] as const satisfies readonly VariableName[];

/** @returns the variable of a file that most likely makes it collide with another one */
function nearest({ given }: Environment, variables: readonly VariableName[]): VariableName | undefined {
  return [...variables, ...PLACES].find((name) => given.has(name));
}

/** File and line of an environment's value, including those in a common file. */
function where(environment: Environment, variables: readonly VariableName[]): string {
  const { file, locations } = environment;
  const variable = nearest(environment, variables);
  const place = variable === undefined ? undefined : locations.get(variable);
  if (variable === undefined || !place) return `${file} (by default)`;
  const at = `${place.file}${place.line === undefined ? "" : `:${place.line}`}`;
  if (!variables.includes(variable)) return `${file} (by default, with ${variable} in ${at})`;
  return place.file === file ? at : `${file} (${variable} in ${at})`;
}

/** Claims that two have in common; those about the same thing in one sentence. */
function common(one: readonly Claim[], other: readonly Claim[]): Meeting[] {
  const theirs = new Map(other.map((claim) => [keyOf(claim), claim]));
  const groups = new Map<string, { readonly claims: Claim[]; readonly certain: boolean }>();
  for (const claim of one) {
    const same = theirs.get(keyOf(claim));
    if (!same) continue;
    const certain = same.place === claim.place;
    const key = `${claim.kind} ${claim.of} ${certain}`;
    const group = groups.get(key) ?? { claims: [], certain };
    if (!group.claims.some(({ what }) => what === claim.what)) group.claims.push(claim);
    groups.set(key, group);
  }
  return [...groups.values()].flatMap(({ claims: [first, ...more], certain }) => {
    if (!first) return [];
    return [
      {
        kind: first.kind,
        severity: certain ? ("error" as const) : ("warning" as const),
        what: `${inWords([first, ...more].map(({ what }) => what))} of ${first.of}`,
        variables: [...new Set([first, ...more].flatMap(({ variables }) => variables))],
      },
    ];
  });
}

/** Pairs of environments that share a network or a file server, where more than names has to be compared. */
function sameNetwork(environments: readonly Environment[]): string[] {
  const byPlace = new Map<string, number[]>();
  environments.forEach(({ name, variables }, index) => {
    const services = sharedServices(variables, installationOf(name, variables));
    const { fileServer } = services;
    const places = [
      `${networkProjectOf(variables)} network ${services.network.name}`,
      ...(fileServer ? [`${variables.project_id} server ${fileServer.name}`] : []),
    ];
    for (const key of places) {
      byPlace.set(key, [...(byPlace.get(key) ?? []), index]);
    }
  });
  return [...byPlace.values()].flatMap((indexes) =>
    indexes.flatMap((a) => indexes.filter((b) => a < b).map((b) => `${a} ${b}`)),
  );
}

/** Ranges that two would both create in one network. */
function ranges(one: Environment, other: Environment): Meeting[] {
  const [mine, theirs] = [one, other].map(({ name, variables }) => {
    const services = sharedServices(variables, installationOf(name, variables));
    return {
      network: `${networkProjectOf(variables)} ${services.network.name}`,
      title: services.network.name,
      made:
        variables.subnetwork_name === "" && (services.cluster.create || services.fileServer?.create)
          ? rangesOf(variables)
          : [],
    };
  });
  if (!mine || !theirs || mine.network !== theirs.network) return [];
  const found = mine.made.flatMap(([variable, text]) =>
    theirs.made.flatMap(([also, otherText]) => {
      const [a, b] = [parseNetwork(text), parseNetwork(otherText)];
      return a && b && overlap(a, b)
        ? [{ variable, also, text: text === otherText ? text : `${text} over ${otherText}` }]
        : [];
    }),
  );
  if (found.length === 0) return [];
  return [
    {
      kind: "ranges",
      severity: "error",
      what: `the range ${inWords([...new Set(found.map(({ text }) => text))])} of network ${mine.title}`,
      variables: [...new Set(found.flatMap(({ variable, also }) => [variable, also]))],
    },
  ];
}

/** A file server that one environment creates offers to others what the first one says. */
function guests(owner: Environment, guest: Environment): Meeting[] {
  const { fileServer } = sharedServices(owner.variables, installationOf(owner.name, owner.variables));
  const { nfs_instance_name, redis_port, project_id } = guest.variables;
  const named =
    fileServer?.create && fileServer.name === nfs_instance_name && project_id === owner.variables.project_id;
  if (!named || !usesRedisIn("file_server", guest.variables) || redis_port === "6379") return [];
  if (Object.values(owner.variables.nfs_redis_guests).map(String).includes(redis_port)) return [];
  return [
    {
      kind: "guest",
      severity: "error",
      what: `to do with port ${redis_port} of file server ${nfs_instance_name}, which is not the port of a guest there`,
      variables: ["redis_port", "nfs_instance_name"],
    },
  ];
}
