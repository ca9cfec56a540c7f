import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A program that the tests run for real. */
export interface Tool {
  /** Debian package that holds it. */
  readonly debianPackage: string;
  /** Name on the path, or an absolute path. */
  readonly command: string;
}

/** Every program that the tests in this directory run for real; `.ci/run` installs them. */
export const tools = {
  openssl: { debianPackage: "openssl", command: "openssl" },
  nginx: { debianPackage: "nginx", command: "nginx" },
  postgres: { debianPackage: "postgresql-15", command: process.env.POSTGRES ?? "/usr/lib/postgresql/15/bin/postgres" },
  promtool: { debianPackage: "prometheus", command: "promtool" },
  python: { debianPackage: "python3", command: "/usr/bin/python3" },
  redisExporter: { debianPackage: "prometheus-redis-exporter", command: "prometheus-redis-exporter" },
  redis: { debianPackage: "redis-server", command: "redis-server" },
  shellcheck: { debianPackage: "shellcheck", command: "shellcheck" },
  squid: { debianPackage: "squid", command: "squid" },
} satisfies Record<string, Tool>;

// Servers live where an ordinary user's path does not look.
const searchPath = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];

/** @returns the absolute path of a program, or `undefined` where it is not installed. */
function find(tool: Tool): string | undefined {
  if (tool.command.startsWith("/")) return existsSync(tool.command) ? tool.command : undefined;
  return searchPath.map((directory) => join(directory, tool.command)).find(isExecutable);
}

/** @returns the absolute path of a program that `describeWith` has found before. */
export function path(tool: Tool): string {
  const found = find(tool);
  if (found === undefined) throw new Error(`${tool.command} is missing: apt-get install ${tool.debianPackage}`);
  return found;
}

/**
 * `describe` for tests that need real programs. Where one is missing they are skipped, loudly; in CI (`CI` is set) they
 * fail instead, because a check that did not run must not look like one that passed.
 */
export function describeWith(needed: readonly Tool[], title: string, body: () => void): void {
  const missing = needed.filter((tool) => find(tool) === undefined).map((tool) => tool.debianPackage);
  const reason = `not installed: ${missing.join(", ")} (apt-get install ${missing.join(" ")})`;
  describeUnless(missing.length > 0 ? reason : undefined, title, body);
}

/** The same for any other reason why tests cannot run; `undefined`: they can. */
export function describeUnless(reason: string | undefined, title: string, body: () => void): void {
  if (reason === undefined) {
    describe(title, body);
    return;
  }
  if (process.env.CI) {
    describe(title, () => {
      test("can run", () => {
        throw new Error(`${reason}. In CI a check that cannot run is a failure.`);
      });
    });
    return;
  }
  console.warn(`SKIPPED: ${title}: ${reason}`);
  describe.skip(`${title} [SKIPPED, ${reason}]`, () => {
    test("needs what is missing", () => undefined);
  });
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
