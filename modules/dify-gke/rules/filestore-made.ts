import { earlierFilesPlace, makesFilestore } from "../files-place";
import type { Variables } from "../variables";
import { DESIGN, GOOGLE, type Rule } from "./rule";

/** The smallest size of each tier, and its steps, in GB. @see https://cloud.google.com/filestore/docs/service-tiers */
const SIZES: Readonly<
  Record<
    NonNullable<Variables["filestore_tier"]>,
    { readonly from: number; readonly to: number; readonly step: number }
  >
> = {
  BASIC_HDD: { from: 1024, to: 65433, step: 1 },
  BASIC_SSD: { from: 2560, to: 65433, step: 1 },
  ZONAL: { from: 1024, to: 102400, step: 256 },
  REGIONAL: { from: 1024, to: 102400, step: 256 },
};

const size: Rule = {
  id: "filestore-size",
  what: "A `filestore_capacity_gb` that the tier does not have",
  why: "Google would refuse it half-way through the apply.",
  risk: "Medium",
  severity: "error",
  variables: ["filestore_capacity_gb", "filestore_tier", "filestore_name", "enable_nfs", "files_move_from"],
  source: GOOGLE,
  brokenBy: (v) => {
    if (v.filestore_tier === null || !makesFilestore(v)) return false;
    const { from, to, step } = SIZES[v.filestore_tier];
    return v.filestore_capacity_gb < from || v.filestore_capacity_gb > to || v.filestore_capacity_gb % step !== 0;
  },
  message: (v) => {
    const { from, to, step } = SIZES[v.filestore_tier ?? "BASIC_HDD"];
    return `filestore_capacity_gb is ${v.filestore_capacity_gb}, and ${v.filestore_tier ?? ""} has ${from} to ${to} GB${step > 1 ? ` in steps of ${step}` : ""}: Google would refuse it half-way through the apply. Set filestore_capacity_gb to such a size, for example ${from}.`;
  },
};

const one: Rule = {
  id: "filestore-made-or-named",
  what: "`filestore_tier` together with `filestore_name`, or `files_move_from` without a Filestore made here",
  why: "One of the two would have no effect, and files that were to be copied would stay behind.",
  risk: "High",
  severity: "error",
  variables: ["filestore_tier", "filestore_name", "files_move_from", "enable_nfs"],
  source: DESIGN,
  brokenBy: (v) => {
    if (v.filestore_tier !== null && v.filestore_name !== "") return ["filestore_tier"];
    return earlierFilesPlace(v) !== undefined && !makesFilestore(v) ? ["files_move_from"] : [];
  },
  message: (v, subject) =>
    subject === "filestore_tier"
      ? `filestore_tier is ${v.filestore_tier ?? ""}, and filestore_name is ${v.filestore_name}: the files would be on the one that exists, and none would be made. Take one of the two out. To copy files to it: docs/existing-services.md#filestore-and-memorystore.`
      : `files_move_from is "${v.files_move_from ?? ""}", and no Filestore is made here: nothing could be copied. Set filestore_tier, also while files go back to the file server; or take files_move_from out.`,
};

const deployed: Rule = {
  id: "files-move-with-apply",
  what: "`files_move_from` where an apply does not bring the pods to the new share",
  why: "Pods that a release brought keep the old share's volume, and keep writing there.",
  risk: "High",
  severity: "error",
  variables: [
    "files_move_from",
    "enable_nfs",
    "deploy_application",
    "enable_cloud_deploy",
    "delivered_by_service_account",
  ],
  source: DESIGN,
  brokenBy: (v) => {
    if (!v.enable_nfs || v.files_move_from === null) return [];
    if (!v.deploy_application) return earlierFilesPlace(v) === undefined ? [] : ["deploy_application"];
    if (v.enable_cloud_deploy) return ["enable_cloud_deploy"];
    return v.delivered_by_service_account === "" ? [] : ["delivered_by_service_account"];
  },
  message: (v, subject) =>
    subject === "deploy_application"
      ? `files_move_from is "${v.files_move_from ?? ""}", and deploy_application is false: nothing runs that could copy files. Set deploy_application = true for this apply, or files_move_from = "nothing" if none is needed.`
      : `files_move_from is "${v.files_move_from ?? ""}", and ${subject} is set: pods of earlier releases hold the volume of the old share until a release replaces them, so the apply could not create it again. Take files_move_from out and leave the files where they are; an environment whose pods an apply brings can move them (docs/files.md).`,
};

const copied: Rule = {
  id: "filestore-backed-up",
  what: "A Filestore that is made here without `enable_portable_backups`",
  why: "Nothing copies it, while the file server's disk has snapshots.",
  risk: "Medium",
  severity: "warning",
  variables: ["filestore_tier", "filestore_name", "enable_nfs", "files_move_from", "enable_portable_backups"],
  source: GOOGLE,
  brokenBy: (v) => makesFilestore(v) && !v.enable_portable_backups,
  message: (v) =>
    `filestore_tier is ${v.filestore_tier ?? ""}, and enable_portable_backups is false: nothing copies the shared files, because a Filestore has no schedule of its own: if it is lost, they are lost. Set enable_portable_backups = true, which copies them together with the databases; or have Google's Backup and DR do it (docs/files.md) and silence this warning.`,
};

/** Shared files on a Filestore that is made here. */
export const filestoreMadeRules: readonly Rule[] = [size, one, deployed, copied];
