import { definitionOf, type Variables } from "../../modules/dify-gke/variables";

/** What a variable is set to where a message leaves the value to the reader. */
const SAMPLES: Readonly<Partial<Record<keyof Variables, unknown>>> = {
  redis_host: "10.0.0.3",
  network_name: "shared",
  gke_cluster_name: "shared",
  subnetwork_name: "nodes",
  sql_instance_name: "shared",
  nfs_instance_name: "shared",
  github_repository_url: "https://github.com/owner/name",
  github_app_installation_id: "12345678",
  docker_hub_user: "dify",
  docker_hub_password_secret: "docker-hub",
  iap_authorized_users: ["me@example.com"],
  iap_authorized_groups: ["us@example.com"],
  backup_schedule: "0 3 * * *",
  db_name: "other",
  db_user: "other",
  redis_database: 3,
  nfs_volume_name: "files",
  nfs_instance_base_name: "app-nfs",
  container_port: 5001,
  state_bucket: "my-state",
  custom_sql_scripts_bucket: "company-sql",
  support_users: ["ops@example.com"],
  application_domains: ["dify.example.com"],
};

/** Values to set; undefined takes a variable out of the file. */
export type Step = Readonly<Record<string, unknown>>;

const BEGINS = /^(Set|Take|Leave|Name|Give|Choose|Add|Raise|Lower|Put|Keep|Did you mean|Build|Update)\b/;
const SET = /\b([a-z][a-z0-9_]+) = (true|false|"[^"<>]*"|\d+)/g;

/** @returns what a message advises, as far as it is said in variables: one entry for each way out */
export function remediesOf(message: string, variables: Variables): readonly Step[] {
  const sentences = message.split(/(?<=[.?]) (?=[A-Z])/).filter((sentence) => BEGINS.test(sentence));
  return sentences
    .flatMap((sentence) =>
      sentence.split(/,? or (?=(?:set|take|leave|name|lower|raise|write|use|an?|[a-z_]+ (?:=|to))\b)/),
    )
    .map((way) => step(way, variables))
    .filter((values) => Object.keys(values).length > 0);
}

function step(text: string, variables: Variables): Step {
  // What stands after a colon says why.
  const [way = ""] = text.split(": ");
  const named = [...way.matchAll(/\b[a-z][a-z0-9]*_[a-z0-9_]+\b|\bregion\b/g)]
    .map(([name]) => name)
    .filter((name) => definitionOf(name) !== undefined && definitionOf(name)?.sensitive !== true);
  const set = Object.fromEntries(
    [...way.matchAll(SET)].flatMap(([, name = "", value = ""]) =>
      definitionOf(name) ? [[name, JSON.parse(value) as unknown]] : [],
    ),
  );
  // `Set a = true and b`: the value of b is left to the reader.
  const more = [...way.matchAll(/\band ([a-z0-9_]+)(?! =)\b/g)].map(([, name = ""]) => name);
  const sampled = more.filter((name) => name in SAMPLES && !(name in set));
  if (Object.keys(set).length > 0)
    return { ...set, ...Object.fromEntries(sampled.map((name) => [name, SAMPLES[name as keyof Variables]])) };
  const [name, other] = named;
  if (name === undefined) return {};
  if (/\b(take|leave)\b.*\b(out|empty)\b/i.test(way)) return Object.fromEntries(named.map((each) => [each, undefined]));
  if (/ to [a-z_]+( or more)?\.?$/.test(way) && other !== undefined)
    return { [name]: variables[other as keyof Variables] };
  const literal = / to ("[^"<>]*"|\d+)/.exec(way)?.[1];
  if (literal !== undefined) return { [name]: JSON.parse(literal) as unknown };
  if (/^set [a-z_]+(, [a-z_]+)* and [a-z_]+\.?$/.test(way))
    return Object.fromEntries(named.map((each) => [each, SAMPLES[each as keyof Variables]]));
  if (/\band\b/.test(way) && / to (an)?other (names|ones)/.test(way))
    return Object.fromEntries(named.map((each) => [each, SAMPLES[each as keyof Variables]]));
  const last = named.at(-1) as keyof Variables;
  return last in SAMPLES && /^(set|name|give|choose|put)\b|\bto another|in [a-z_]+\.?$/i.test(way)
    ? { [last]: SAMPLES[last] }
    : {};
}
