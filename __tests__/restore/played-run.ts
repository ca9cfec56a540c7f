import type { Google } from "../../scripts/google-apis/clients";
import type { Options, Wanted } from "../../scripts/restore/options";
import { Restore, type RestoreProps } from "../../scripts/restore/run";
import { Console } from "../../scripts/terminal/console";
import { PLACE, type PlayedCluster } from "./played-cluster";

const MANIFEST = {
  started: "2026-11-23T02:00:00Z",
  release: "1.16.1",
  databases: [{ database: "dify_db", revision: "r1", tables: { "public.accounts": 3, "public.apps": 4 } }],
  share: { files: 5 },
};

/** Of backups, whatever they hold. */
function storage(cluster: PlayedCluster): unknown {
  const items = () =>
    [...cluster.backups.keys()].map((name) => ({ name: `${name}/manifest.json`, timeCreated: "2026" }));
  const get = ({ object }: { object: string }, { responseType }: { responseType?: string } = {}) => {
    const moment = /^(\S+T)(\d\d)(\d\d)(\d\d)Z-point-in-time/.exec(object);
    const late = moment && { started: `${moment[1]}${moment[2]}:${moment[3]}:${moment[4]}Z`, share: null };
    const text = JSON.stringify({ ...MANIFEST, ...late, ...cluster.manifests[object.split("/")[0] ?? ""] });
    // What Google's client makes of an object without a type.
    return Promise.resolve({ data: responseType === "text" ? text : new Blob([text]) });
  };
  return { objects: { list: () => Promise.resolve({ data: { items: items() } }), get } };
}

const NO_INSTANCES = { sql: { instances: { list: () => Promise.resolve({ data: {} }) } } };

/** Runs the command against a played cluster and what Google has. */
export async function run(
  cluster: PlayedCluster,
  wanted: Wanted,
  answer: { yes?: boolean; says?: string; into?: Options["into"] } = { yes: true },
  place = PLACE,
  google: object = NO_INSTANCES,
  copied?: RestoreProps["copied"],
) {
  const said: string[] = [];
  const { into, yes = false } = answer;
  const options: Options = { environment: "prod", directory: "variables", yes, wanted, ...(into && { into }) };
  const output = new Console({
    ...{ write: (text) => void said.push(text), interactive: answer.says !== undefined, color: false, columns: 80 },
    ask: () => Promise.resolve(answer.says),
  });
  const waiting = { signal: new AbortController().signal, pause: 0 };
  const { delivery } = cluster;
  const all = { storage: storage(cluster), ...google } as unknown as Google;
  const props = { google: all, options, output, place, cluster, delivery, waiting, copied };
  try {
    return { code: await new Restore(props).run(), text: said.join("") };
  } catch (error) {
    return { error: (error as Error).message, text: said.join("") };
  }
}
