import { plain } from "../../modules/app-gke/terraform/literal";
import { releases } from "../../modules/dify-common/releases";
import type { Given } from "../terraform/synth";
import { componentsOf, filesIn, variablesIn } from "./components";

const FILE: Given = {
  sandbox_python_requirements_file: "__tests__/fixtures/requirements/variable.txt",
  component_settings: { sandbox: { secret_environment: { INDEX_PASSWORD: "index" } } },
};
const sandboxOf = (given: Given) => {
  const found = componentsOf(given).find(({ name }) => name === "sandbox");
  if (!found) throw new Error("There is no sandbox");
  return found;
};

// Behind what packages are installed in, in the lists of every sandbox (internal/static/config_default_amd64.go).
const COPIED = ["/usr/lib/python3/"];

test.each(releases.map(({ version }) => version))("a pod of %s gets code once its packages are in place", (version) => {
  const sandbox = sandboxOf({ ...FILE, application_version: version });
  const files = filesIn(sandbox);
  expect(plain(files["/dependencies/python-requirements.txt"] ?? "")).toContain(
    "--index-url https://__token__:${INDEX_PASSWORD}@pypi.example.com/simple\n",
  );
  const mark = Object.keys(files).find((path) => COPIED.some((directory) => path.startsWith(directory)));
  expect(sandbox.probes?.startup?.check).toEqual({
    type: "exec",
    command: ["test", "-f", `/var/sandbox/sandbox-python${mark}`],
  });
  expect(sandbox.probes?.readiness?.check).toMatchObject({ type: "http", path: "/health" });
  // pip writes to the image's own Python.
  expect(sandbox.security?.readOnlyRootFilesystem).toBe(false);
});

test("an installation has time, room and a place for its errors, and is not done again under the code", () => {
  const { probes, resources, ...sandbox } = sandboxOf(FILE);
  const { periodSeconds = 10, failureThreshold = 3 } = probes?.startup ?? {};
  expect(periodSeconds * failureThreshold).toBe(1200);
  expect(resources.ephemeralStorage).toBe("5Gi");
  expect(variablesIn({ resources, ...sandbox })).toMatchObject({
    PIP_LOG: "/dev/termination-log",
    PYTHON_DEPS_UPDATE_INTERVAL: "8760h",
  });
});

test("without a file, a sandbox is what it was", () => {
  const sandbox = sandboxOf({});
  expect(filesIn(sandbox)).toEqual({});
  expect(sandbox.probes?.startup?.check).toMatchObject({ type: "http", path: "/health" });
  expect(sandbox.resources.ephemeralStorage).toBeUndefined();
  expect(Object.keys(variablesIn(sandbox)).filter((name) => name.startsWith("PIP_"))).toEqual([]);
});
