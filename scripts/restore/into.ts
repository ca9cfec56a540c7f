import { Refusal } from "../acceptance/options";
import { step } from "../adopt/steps";
import { chosen, wholeBackups } from "./backups";
import { Copies, type Original } from "./copies";
import { backupsOf, copyOf } from "./moment";
import type { Place } from "./place";
import { Restore, type RestoreProps } from "./run";

/** The environment whose backup it is. */
export interface From {
  readonly name: string;
  readonly place: Place;
  /** What a restore there needs; only a moment does. */
  readonly reach: () => Promise<RestoreProps>;
}

/** How the other environment is brought to it. */
export interface Into {
  /** Whether credentials are kept, and the private keys of workspaces copied. */
  readonly withKey: boolean;
  /** Whether its API runs in a StatefulSet. */
  readonly stateful: boolean;
}

/**
 * Brings another environment to a backup. The backup is copied with the account that acts in that environment, so neither side's jobs
 * need rights on the other side. It is copied only once it fits and somebody has agreed.
 * @returns the exit code
 */
export async function restoreInto(from: From, to: RestoreProps, into: Into): Promise<number> {
  const { google, output, place } = to;
  const keys = into.withKey ? "system" : "all";
  const original = await originalOf(from, to);
  const copy = copyOf(original.name, from.name, into.withKey);
  const copied = {
    ...(into.withKey && { keysFrom: from.place.storage }),
    afterwards: afterwards(from.place, place, into),
  };
  const options = { ...to.options, wanted: { what: "restore", from: copy } } as const;
  if ((await wholeBackups(google, place.bucket)).includes(copy)) {
    return await new Restore({ ...to, options, copied }).run();
  }
  const copies = new Copies(google);
  const manifest = await copies.manifest(original, keys);
  const coming = {
    manifest,
    copy: async () => {
      await step(
        output,
        `copy ${original.name} to gs://${place.bucket}`,
        () => copies.backup(original, manifest, place.bucket, copy),
        () => copies.status,
      );
      output.line("The copy has everything that the original has, and stays there even if the restore fails.");
    },
  };
  return await new Restore({ ...to, options, copied: { ...copied, coming } }).run();
}

/** @throws Refusal before a copy of the instance is made that could not be used */
async function originalOf(from: From, to: RestoreProps): Promise<Original> {
  const { bucket } = from.place;
  const { wanted } = to.options;
  if (wanted.what !== "restore moment") {
    const known = await wholeBackups(to.google, bucket);
    return { bucket, name: chosen(wanted.what === "restore" ? wanted.from : "", bucket, known) };
  }
  const source = new Restore(await from.reach());
  const target = new Restore(to);
  const { environment } = to.options;
  await step(to.output, `check whether a backup of ${from.name} fits in ${environment}`, async () => {
    const begun = await target.begun();
    if (begun !== undefined && !begun.startsWith(backupsOf(wanted.moment))) {
      const command = `npm run restore -- ${environment}`;
      throw new Refusal(
        `A restore of ${begun} was interrupted in ${environment}, and has to be finished or undone first. To continue: ${command} --from ${begun}. To undo it: ` +
          `${command} --undo`,
      );
    }
    const [there, here] = [await source.release(), await target.release()];
    if (there !== here) {
      throw new Refusal(
        `${from.name} runs Dify ${there} and ${environment} ${here}, whose pods would not understand the schema. Set ` +
          `application_version = "${there}" for ${environment} and apply first (with allow_version_downgrade = true if that is older). ` +
          "Nothing was copied.",
      );
    }
  });
  return { bucket, ...(await source.ofMoment(wanted.moment)) };
}

/** @returns what is left to do by hand. @see docs/backups.md */
function afterwards(from: Place, to: Place, { stateful, withKey }: Into): string {
  const kind = stateful ? "statefulset" : "deployment";
  const uploads = `Uploads were not copied: gcloud storage rsync --recursive --exclude='^privkeys/' gs://${from.storage} gs://${to.storage}`;
  const keys =
    "Workspaces need key pairs of their own before anybody enters credentials: " +
    `kubectl --namespace=${to.namespace} exec ${kind}/${to.application}-api --container=api -- flask reset-encrypt-key-pair --yes`;
  return withKey ? uploads : `${keys}\n${uploads}`;
}
