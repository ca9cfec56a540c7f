import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Playground } from "./stub";

const directory = join(__dirname, "../../scripts/delivery");

/** Each step's variables that have no default. */
const steps: Readonly<Record<string, readonly string[]>> = {
  "build-image.sh": ["IMAGE", "REPLACES", "COMMIT_SHA", "DOCKERFILE", "CONTEXT"],
  "create-release.sh": ["PROJECT", "REGION", "PIPELINE", "MANIFESTS", "STAGING", "COMMIT_SHA", "BUILD_ID"],
  "deploy-images.sh": [
    "PROJECT",
    "LOCATION",
    "CLUSTER",
    "ENDPOINT",
    "NAMESPACE",
    "WORKLOADS",
    "ROLLOUT_TIMEOUT_SECONDS",
  ],
  "run-jobs.sh": ["PROJECT", "LOCATION", "CLUSTER", "ENDPOINT", "NAMESPACE", "JOBS"],
  "read-version.sh": ["VERSION_FILE", "IMAGES"],
  "scan-images.sh": ["SEVERITY", "PROJECT"],
  "write-dockerfile.sh": ["DOCKERFILE", "DOCKERFILE_CONTENT"],
  "sign-images.sh": ["ATTESTOR", "KEY_VERSION"],
};

test("every shell script is a step or attest-images.sh", () => {
  const shell = readdirSync(directory).filter((file) => file.endsWith(".sh"));
  expect(shell.sort()).toEqual(["attest-images.sh", ...Object.keys(steps)].sort());
});

describe.each(Object.entries(steps))("%s", (script, variables) => {
  const text = readFileSync(join(directory, script), "utf8");

  test("fits into a step of Cloud Build", () => {
    expect(text.length).toBeLessThan(4000);
    expect(Buffer.byteLength(text)).toBe(text.length);
    expect(text).toMatch(/^#!\/usr\/bin\/env bash\n# Usage: /);
    expect(text).toMatch(/^set -euo pipefail$/m);
  });

  test("describes each of its variables", () => {
    const header = text.slice(0, text.indexOf("set -euo pipefail"));
    for (const name of [...variables, "DELIVERY_DIR"]) expect(header).toMatch(new RegExp(`\\b${name}\\b`));
  });

  test("needs no other file of the project", () => {
    expect(text).not.toMatch(/^\s*(\.|source)\s/m);
    expect(text).not.toMatch(/BASH_SOURCE/);
  });

  test("names all missing variables together, and does nothing", async () => {
    const playground = new Playground(script);
    try {
      const { code, stdout, stderr, calls } = await playground.run();
      expect([code, stdout, calls]).toEqual([1, "", []]);
      expect(stderr).toBe(`${script.replace(".sh", "")}: error: not set: ${variables.join(" ")}. See --help.\n`);
    } finally {
      playground.remove();
    }
  });

  test("takes an empty variable for a missing one", async () => {
    const playground = new Playground(script, Object.fromEntries(variables.map((name) => [name, "x"])));
    try {
      const [first = ""] = variables;
      const { code, stderr, calls } = await playground.run({ [first]: "" });
      expect([code, calls]).toEqual([1, []]);
      expect(stderr).toContain(`not set: ${first}. `);
    } finally {
      playground.remove();
    }
  });
});

describe.each(Object.entries(steps).filter(([script]) => !/^(build|read|write)/.test(script)))(
  "%s",
  (script, variables) => {
    test("says that an earlier step has to write the images", async () => {
      const values: Readonly<Record<string, string>> = {
        SEVERITY: "HIGH",
        ATTESTOR: "projects/p/attestors/a",
        KEY_VERSION: "projects/p/locations/l/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1",
        ENDPOINT: "internal-ip",
        ROLLOUT_TIMEOUT_SECONDS: "60",
        MANIFESTS: "gs://b/m",
        STAGING: "gs://b/s",
      };
      const playground = new Playground(
        script,
        Object.fromEntries(variables.map((name) => [name, values[name] ?? "x"])),
      );
      try {
        const { code, stderr, calls } = await playground.run();
        expect([code, calls]).toEqual([1, []]);
        expect(stderr).toContain(`no images in ${playground.delivery}/images. An earlier step has to write it.`);
      } finally {
        playground.remove();
      }
    });
  },
);
