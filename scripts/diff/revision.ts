import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** A revision that is not available; the message says why. */
export class RevisionError extends Error {}

export interface RevisionOptions {
  /** Root of this checkout. */
  readonly root: string;
  /** What `git rev-parse` understands: `main`, `v0.2.0`, `HEAD~3`. */
  readonly revision: string;
  /** Gets a line if packages have to be installed. */
  readonly note: (text: string) => void;
}

/** Another revision, checked out temporarily. */
export interface Worktree {
  readonly directory: string;
  readonly commit: string;
  readonly remove: () => Promise<void>;
}

/**
 * Checks a revision out into a temporary directory, with the packages of this checkout, or with its own if its lock
 * file requires others.
 * @throws RevisionError if there is no such revision, or its packages cannot be installed
 */
export async function checkOut({ root, revision, note }: RevisionOptions): Promise<Worktree> {
  const git = async (...args: string[]): Promise<string> => (await execute("git", args, { cwd: root })).stdout.trim();
  const commit = await git("rev-parse", "--verify", "--quiet", "--end-of-options", `${revision}^{commit}`).catch(() => {
    throw new RevisionError(`"${revision}" is not a revision of this repository. git log --oneline lists them.`);
  });
  const parent = mkdtempSync(join(tmpdir(), "revision-"));
  const directory = join(parent, "checkout");
  const remove = async (): Promise<void> => {
    // If the worktree was not finished, there is only the directory.
    await git("worktree", "remove", "--force", directory).catch(() => undefined);
    rmSync(parent, { recursive: true, force: true });
    await git("worktree", "prune");
  };
  try {
    await git("worktree", "add", "--quiet", "--detach", directory, commit);
    if (lockedPackages(root) === lockedPackages(directory)) borrowPackages(root, directory);
    else {
      note(`package-lock.json of ${revision} asks for other packages: installing them with npm ci.`);
      await install(directory, revision);
    }
    return { directory, commit, remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

/** Packages that a synth uses; those for tests and lint may differ. */
function lockedPackages(directory: string): string {
  const lock = JSON.parse(readFileSync(join(directory, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, { readonly dev?: boolean; readonly version?: string }>>;
  };
  const needed = Object.entries(lock.packages).filter(([path, { dev }]) => path !== "" && !dev);
  return JSON.stringify(needed.map(([path, { version }]) => [path, version]));
}

/** A directory of links rather than one link, so that its cache is separate. */
function borrowPackages(root: string, directory: string): void {
  const [from, to] = [root, directory].map((top) => join(top, "node_modules")) as [string, string];
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== ".cache") symlinkSync(join(from, name), join(to, name));
  }
}

async function install(directory: string, revision: string): Promise<void> {
  try {
    await execute("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: directory });
  } catch (error) {
    const { stderr = "" } = error as { readonly stderr?: string };
    throw new RevisionError(`The packages of ${revision} cannot be installed: ${stderr.trim() || "npm ci failed"}`);
  }
}
