import { COPIED_LAST } from "../../dify-common/components/python-packages";
import { passesSquid } from "../../dify-common/ssrf-destinations";
import { readRequirements } from "../python-requirements";
import type { Variables } from "../variables";
import { DESIGN, type Rule } from "./rule";

const SOURCE = "dify-sandbox internal/core/runner/python/setup.go, InstallDependencies";

function requirements(v: Variables): ReturnType<typeof readRequirements> | undefined {
  return v.sandbox_python_requirements_file === "" ? undefined : readRequirements(v.sandbox_python_requirements_file);
}

/** What the sandbox alone is given. */
function sandboxOf(v: Variables): Pick<Variables["component_settings"][string], "environment" | "secret_environment"> {
  return v.component_settings.sandbox ?? { environment: {}, secret_environment: {} };
}

const usable: Rule = {
  id: "sandbox-packages-usable",
  what: "A requirements file that pip would not take, or that needs what the sandbox does not have",
  why: "The sandbox exits if pip fails, so no code would run.",
  risk: "High",
  severity: "error",
  variables: ["sandbox_python_requirements_file"],
  source: SOURCE,
  brokenBy: (v) => requirements(v)?.unusable ?? [],
  message: (v, subject) =>
    `sandbox_python_requirements_file: ${v.sandbox_python_requirements_file} ${subject}. The sandbox exits if pip fails, so no code would run. Correct the file: one package on each line, such as openpyxl==3.1.5.`,
};

const empty: Rule = {
  id: "sandbox-packages-any",
  what: "A requirements file without a package",
  why: "Code nodes have the packages of the image only.",
  risk: "Low",
  severity: "warning",
  variables: ["sandbox_python_requirements_file"],
  source: SOURCE,
  brokenBy: (v) => {
    const found = requirements(v);
    return found !== undefined && found.unusable.length === 0 && found.packages.length === 0;
  },
  message: (v) =>
    `sandbox_python_requirements_file: ${v.sandbox_python_requirements_file} names no package: code nodes have only those of the image. Write one package on each line, or take sandbox_python_requirements_file out.`,
};

const pinned: Rule = {
  id: "sandbox-packages-pinned",
  what: "A Python package without a fixed version",
  why: "Each pod installs the newest version when it starts, so two pods can differ.",
  risk: "Medium",
  severity: "warning",
  variables: ["sandbox_python_requirements_file"],
  source: DESIGN,
  brokenBy: (v) => {
    const loose = requirements(v)?.packages.filter((one) => !one.pinned) ?? [];
    return loose.length > 0 ? [loose.map(({ text, line }) => `${text} (line ${line})`).join(", ")] : [];
  },
  message: (v, subject) =>
    `sandbox_python_requirements_file: ${v.sandbox_python_requirements_file} does not fix the version of ${subject}: each pod of the sandbox installs the newest one when it starts, so two pods can differ, and a new version can break code at any time. Name a version for each, as in openpyxl==3.1.5.`,
};

const variables: Rule = {
  id: "sandbox-packages-variables",
  what: "A variable in the requirements file that the sandbox is not given",
  why: "pip would take it literally and fail, so no code would run.",
  risk: "High",
  severity: "error",
  variables: ["sandbox_python_requirements_file", "component_settings"],
  source: "pip, requirements file format: an environment variable that is not set stays as it is written",
  brokenBy: (v) => {
    const { environment, secret_environment: secrets } = sandboxOf(v);
    return (requirements(v)?.variables ?? []).filter(
      (name) => !Object.hasOwn(environment, name) && !Object.hasOwn(secrets, name),
    );
  },
  message: (v, subject) =>
    `sandbox_python_requirements_file: ${v.sandbox_python_requirements_file} has \${${subject}}, and the sandbox is given no such variable: pip would take it literally and fail, so no code would run. Put ${subject} into component_settings.sandbox.secret_environment, or into its environment where it is no secret.`,
};

const shown: Rule = {
  id: "sandbox-packages-secrets",
  what: "A secret in the requirements file elsewhere than in the credentials of an index",
  why: "pip would write it to the log.",
  risk: "High",
  severity: "error",
  variables: ["sandbox_python_requirements_file", "component_settings"],
  source: "pip, tried with 23.2: only the credentials of an index are replaced by ****",
  brokenBy: (v) => {
    const { secret_environment: secrets } = sandboxOf(v);
    return (requirements(v)?.shown ?? []).filter((name) => Object.hasOwn(secrets, name));
  },
  message: (v, subject) =>
    `sandbox_python_requirements_file: ${v.sandbox_python_requirements_file} has the secret \${${subject}} in the address of a package, or in the path of an address: pip would write it to the sandbox's log. Use it only as the user name or password of an index, as in --index-url https://user:\${${subject}}@pypi.example.com/simple.`,
};

const reachable: Rule = {
  id: "sandbox-packages-reachable",
  what: "A package index that the SSRF proxy refuses",
  why: "pip would fail, so no code would run.",
  risk: "High",
  severity: "error",
  variables: [
    "sandbox_python_requirements_file",
    "ssrf_proxy_allowed_hosts",
    "component_settings",
    "environment_variables",
  ],
  source: DESIGN,
  brokenBy: (v) => {
    const found = requirements(v);
    if (!found) return [];
    const mirror = sandboxOf(v).environment.PIP_MIRROR_URL ?? v.environment_variables.PIP_MIRROR_URL ?? "";
    const all = [...found.urls, ...(URL.canParse(mirror) ? [new URL(mirror)] : [])];
    return [...new Set(all.filter((url) => !passesSquid(url, v.ssrf_proxy_allowed_hosts)).map(({ host }) => host))];
  },
  message: (_, subject) =>
    `The Python packages of sandbox_python_requirements_file come from ${subject}, which the SSRF proxy refuses, and the sandbox has no other way out: pip would fail, so no code would run. Add "${subject}" to ssrf_proxy_allowed_hosts, which also lets workflows reach it, or use a public index.`,
};

const libraries: Rule = {
  id: "sandbox-packages-libraries",
  what: "`PYTHON_LIB_PATH` without the directory that says that the packages are there",
  why: "No pod of the sandbox would ever be ready.",
  risk: "High",
  severity: "error",
  variables: ["component_settings", "sandbox_python_requirements_file"],
  source: "dify-sandbox internal/core/runner/python/env.go, PreparePythonDependenciesEnv",
  brokenBy: (v) => {
    const paths = sandboxOf(v).environment.PYTHON_LIB_PATH?.split(",");
    return v.sandbox_python_requirements_file !== "" && paths !== undefined && !paths.includes(COPIED_LAST);
  },
  message: () =>
    `component_settings.sandbox sets PYTHON_LIB_PATH in its environment without ${COPIED_LAST}, and sandbox_python_requirements_file is set: no pod of the sandbox would ever be ready, since a file in that directory says that the packages are there. Add ${COPIED_LAST} to PYTHON_LIB_PATH, after the directories that packages are installed in.`,
};

/** numpy, and what is made of it: tried with numpy 2.5, pandas 3.0 and dify-sandbox 0.2.15 on x86-64. */
const WITH_NUMPY =
  /^(numpy|pandas|scipy|scikit-learn|matplotlib|seaborn|statsmodels|xarray|opencv-python(-headless)?|xgboost|lightgbm)$/;

const systemCalls: Rule = {
  id: "sandbox-packages-system-calls",
  what: "`numpy`, or a package that uses it, without `ALLOWED_SYSCALLS`",
  why: 'Its import fails with "operation not permitted".',
  risk: "Medium",
  severity: "warning",
  variables: ["sandbox_python_requirements_file", "component_settings", "environment_variables"],
  source: "dify-sandbox FAQ.md; internal/static/python_syscall",
  brokenBy: (v) => {
    const given = sandboxOf(v).environment.ALLOWED_SYSCALLS ?? v.environment_variables.ALLOWED_SYSCALLS;
    const names = (requirements(v)?.packages ?? []).map(({ name }) => name).filter((name) => WITH_NUMPY.test(name));
    return given === undefined && names.length > 0 ? [names.join(", ")] : [];
  },
  message: (v, subject) =>
    `sandbox_python_requirements_file: ${v.sandbox_python_requirements_file} has ${subject}: its import fails with "operation not permitted", because numpy makes system calls that the sandbox does not allow. Set ALLOWED_SYSCALLS in component_settings.sandbox.environment as docs/operations.md shows: code can start threads and processes then.`,
};

export const pythonPackageRules: readonly Rule[] = [
  usable,
  empty,
  pinned,
  variables,
  shown,
  reachable,
  libraries,
  systemCalls,
];
