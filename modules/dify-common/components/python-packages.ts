import type { ConfigurationFile, Probe } from "../../app-gke/application-config";
import { literal } from "../../app-gke/terraform/literal";
import type { DifySettings } from "../settings";

/** Where the sandbox finds what to install when it starts (dify-sandbox internal/static/config.go, SetupRunnerDependencies). */
const REQUIREMENTS = "/dependencies/python-requirements.txt";
/** What code sees as its root (internal/core/runner/python/setup.go, LIB_PATH). */
const ROOT_OF_CODE = "/var/sandbox/sandbox-python";
/**
 * A directory that the sandbox copies to where code sees it, and that its image does not have. The ones that packages are
 * installed in come before it, so what is in it arrives when all packages have
 * (internal/static/config_default_amd64.go and _arm64.go, DEFAULT_PYTHON_LIB_REQUIREMENTS: in each version from 0.2.9 to 0.2.15).
 */
export const COPIED_LAST = "/usr/lib/python3";
const MARK = `${COPIED_LAST}/packages-are-in-place`;

/** Seconds between two questions of the probe. */
const PERIOD = 5;
/** Seconds that download and installation may take, with half a CPU. */
const MOST_SECONDS = 20 * 60;

interface PythonPackages {
  readonly files: readonly ConfigurationFile[];
  readonly environment: Readonly<Record<string, string>>;
  readonly startup: Probe;
}

/**
 * The Python packages of code nodes that a user chose. The sandbox installs them with pip in the background while its `/health`
 * already answers, and then copies them to where code finds them; it exits if that fails
 * (internal/server/server.go, initDependencies). A file that it copies last therefore says when a pod may get code.
 * @returns undefined if those of the image are enough
 */
export function pythonPackages({ pythonRequirements: read }: DifySettings): PythonPackages | undefined {
  if (!read) return undefined;
  return {
    files: [
      // The sandbox hands the text to pip, which puts in environment variables that are written as ${NAME}.
      { mountPath: REQUIREMENTS, content: () => literal(read()) },
      { mountPath: MARK, content: () => "Copied to where code sees it once the packages are there.\n" },
    ],
    environment: {
      // It would install again every half an hour, under the code that runs. Pods with the same file stay the same.
      PYTHON_DEPS_UPDATE_INTERVAL: "8760h",
      PIP_NO_CACHE_DIR: "1",
      PIP_NO_INPUT: "1",
      PIP_ROOT_USER_ACTION: "ignore",
      PIP_DISABLE_PIP_VERSION_CHECK: "1",
      // pip's errors go to no log of the sandbox's. Kubernetes shows the end of this file as the reason why a container ended
      // (https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/; kubelet: pkg/util/tail). pip
      // writes **** in place of passwords.
      PIP_LOG: "/dev/termination-log",
      // Pauses double from a quarter of a second on: the SSRF proxy may start with the pod, and has a minute.
      PIP_RETRIES: "8",
    },
    startup: {
      check: { type: "exec", command: ["test", "-f", `${ROOT_OF_CODE}${MARK}`] },
      periodSeconds: PERIOD,
      failureThreshold: MOST_SECONDS / PERIOD,
    },
  };
}
