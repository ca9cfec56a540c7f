import { filestoreMadeRules } from "./filestore-made";
import { DESIGN, GOOGLE, type Rule } from "./rule";

const located: Rule = {
  id: "filestore-located",
  what: "A `filestore_name` without its `filestore_location`",
  why: "Google finds a Filestore instance by its zone or region.",
  risk: "Medium",
  severity: "error",
  variables: ["filestore_location", "filestore_name", "enable_nfs"],
  source: GOOGLE,
  brokenBy: (v) => v.enable_nfs && v.filestore_name !== "" && v.filestore_location === "",
  message: (v) =>
    `filestore_name is ${v.filestore_name}, and filestore_location is empty: the plan would not find it. Set filestore_location to its zone, or to its region if it is regional (gcloud filestore instances list).`,
};

const near: Rule = {
  id: "filestore-in-region",
  what: "A `filestore_location` outside `region`",
  why: "Each file would be read from another region.",
  risk: "Medium",
  severity: "warning",
  variables: ["filestore_location", "region", "filestore_name", "enable_nfs"],
  source: DESIGN,
  brokenBy: (v) =>
    v.enable_nfs &&
    v.filestore_name !== "" &&
    v.filestore_location !== "" &&
    v.filestore_location !== v.region &&
    !v.filestore_location.startsWith(`${v.region}-`),
  message: (v) =>
    `filestore_location is ${v.filestore_location}, and region is ${v.region}: each file would be read from another region. Set filestore_name and filestore_location to an instance in ${v.region}.`,
};

/** Shared files on a Filestore instance that exists. */
export const filestoreRules: readonly Rule[] = [located, near, ...filestoreMadeRules];
