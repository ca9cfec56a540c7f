import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { type App, Manifest, type TerraformStack } from "cdktf";
import { prepareOnce } from "../../modules/app-gke/terraform/quick-synthesis";

/**
 * Output is written to a directory of its own first and moved to its place as a whole: a disk that is full, or a process that
 * ends, leaves no file cut off and what an earlier run wrote as it was.
 * @param outdir where the output belongs; on the same file system, so that moving a file takes no space
 * @returns the new directory
 */
export function makeStaging(outdir: string): string {
  const staging = mkdtempSync(join(outdir, ".writing-"));
  mkdirSync(join(staging, Manifest.stacksFolder));
  return staging;
}

/**
 * Writes stacks to the staging directory, as `App.synth` would to its own, and takes them out of the app: a hundred
 * environments that are kept to the end are most of what the garbage collector has to look at.
 */
export function stageStacks(app: App, stacks: readonly TerraformStack[], staging: string): void {
  for (const stack of stacks) prepareOnce(stack);
  const session = { outdir: staging, skipValidation: app.skipValidation, manifest: app.manifest };
  for (const stack of stacks) stack.synthesizer.synthesize(session);
  for (const stack of stacks) app.node.tryRemoveChild(stack.node.id);
}

/** Writes the list of stacks to the staging directory. */
export function stageManifest({ version, stacks }: Manifest, staging: string): void {
  const manifest = new Manifest(version, staging, false);
  Object.assign(manifest.stacks, stacks);
  manifest.writeToFile();
}

/**
 * Moves everything from the staging directory to its place.
 * @param begins called before the first file, when all that could be in the way has been seen to
 */
export function moveStaged(staging: string, outdir: string, begins: () => void): void {
  const files = readdirSync(staging, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(staging, join(entry.parentPath, entry.name)));
  for (const file of files) mkdirSync(dirname(join(outdir, file)), { recursive: true });
  begins();
  for (const file of files) renameSync(join(staging, file), join(outdir, file));
}

/** The file with import blocks that `npm run adopt` writes next to a stack: `scripts/adopt`. */
export const ADOPT_FILE = "adopt.tf.json";

/** Removes the import blocks for stacks as they were before: an address that a stack no longer has would stop its plan. */
export function removeImports(outdir: string, stacks: readonly string[]): void {
  for (const stack of stacks) rmSync(join(outdir, Manifest.stacksFolder, stack, ADOPT_FILE), { force: true });
}
