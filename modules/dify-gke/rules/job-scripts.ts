import { isUtf8 } from "node:buffer";
import { readFileSync, realpathSync, statSync } from "node:fs";
import { isAbsolute, relative } from "node:path";
import { scriptPath } from "../additions";
import { DESIGN, type Rule } from "./rule";
import { CONFIG_MAP_BYTES } from "./sizes";

/** A job's program as a file of the user's own. */
export const scripts: Rule = {
  id: "job-scripts-exist",
  what: "A script that is missing, too large, outside of the project, or not a text",
  why: "The job would have nothing to run, or something else.",
  risk: "High",
  severity: "error",
  variables: ["initialization_jobs", "cron_jobs", "scripts_dir"],
  source: DESIGN,
  brokenBy: (v) => {
    const paths = [...v.initialization_jobs, ...v.cron_jobs]
      .map((job) => job.script_path)
      .filter((path) => path !== "")
      .map((path) => scriptPath(path, v));
    return [...new Set(paths)].filter((path) => noScript(path) !== undefined);
  },
  message: (_, subject) => `${subject} ${noScript(subject) ?? "is not a file"}, or correct script_path or scripts_dir.`,
};

/** @returns what is wrong with a job's script, as the end of a sentence */
function noScript(path: string): string | undefined {
  try {
    return refusal(path);
  } catch {
    return "cannot be read: the job would have nothing to run. Give the user who synthesizes permission to read it";
  }
}

function refusal(path: string): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) return "is not a file: the job would have nothing to run. Put the script there";
  const outside = relative(realpathSync(process.cwd()), realpathSync(path));
  if (outside.startsWith("..") || isAbsolute(outside))
    return "is outside this project's directory: on another machine the job would have nothing to run, or something else. Put the file itself, not a link, into the project";
  if (found.size > CONFIG_MAP_BYTES)
    return "is larger than a ConfigMap, which takes 1 MiB: Kubernetes would refuse it in the middle of the apply. Put its content into an image and run that";
  const content = readFileSync(path);
  return isUtf8(content) && !content.includes(0)
    ? undefined
    : "is not a text file, and scripts reach jobs as text: the job would get something else. Put the program into an image and run that";
}
