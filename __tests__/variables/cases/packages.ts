import type { RuleCase } from "./rule-case";

const at = (name: string) => ({ sandbox_python_requirements_file: `__tests__/fixtures/requirements/${name}.txt` });
const sandbox = (environment: Readonly<Record<string, string>>) => ({
  component_settings: { sandbox: { environment } },
});
const PASSWORD = { component_settings: { sandbox: { secret_environment: { INDEX_PASSWORD: "index" } } } };

/** Python packages for code nodes. */
export const packageCases: readonly RuleCase[] = [
  {
    id: "sandbox-packages-usable",
    breaks: [at("no-such-file"), { sandbox_python_requirements_file: "__tests__/fixtures" }],
    holds: [at("pinned"), at("empty"), { ...at("variable"), ...PASSWORD }, {}],
  },
  { id: "sandbox-packages-usable", count: 2, breaks: [at("wrong")], holds: [at("pure")] },
  { id: "sandbox-packages-any", breaks: [at("empty")], holds: [at("pinned"), at("wrong"), {}] },
  { id: "sandbox-packages-pinned", breaks: [at("loose")], holds: [at("pinned"), at("inside"), {}] },
  {
    id: "sandbox-packages-variables",
    breaks: [at("variable"), { ...at("variable"), ...sandbox({ OTHER: "x" }) }],
    holds: [{ ...at("variable"), ...PASSWORD }, { ...at("variable"), ...sandbox({ INDEX_PASSWORD: "x" }) }, at("pure")],
  },
  {
    id: "sandbox-packages-secrets",
    breaks: [{ ...at("logged"), ...PASSWORD }],
    holds: [{ ...at("variable"), ...PASSWORD }, { ...at("logged"), ...sandbox({ INDEX_PASSWORD: "x" }) }, at("pure")],
  },
  {
    id: "sandbox-packages-reachable",
    breaks: [
      at("inside"),
      { ...at("inside"), ssrf_proxy_allowed_hosts: ["other.corp.internal"] },
      { ...at("pure"), ...sandbox({ PIP_MIRROR_URL: "https://10.1.2.3/simple" }) },
      { ...at("pure"), environment_variables: { PIP_MIRROR_URL: "https://pypi.example.com:8443/simple" } },
      { ...at("pure"), ...sandbox({ PIP_MIRROR_URL: "http://mirror/simple" }) },
      {
        ...at("pure"),
        ...sandbox({ PIP_MIRROR_URL: "https://10.1.2.3:8443/simple" }),
        ssrf_proxy_allowed_hosts: ["10.1.2.3:8444"],
      },
    ],
    holds: [
      { ...at("inside"), ssrf_proxy_allowed_hosts: ["pypi.corp.internal"] },
      { ...at("inside"), ssrf_proxy_allowed_hosts: [".corp.internal"] },
      { ...at("pure"), ...sandbox({ PIP_MIRROR_URL: "https://pypi.example.com/simple" }) },
      {
        ...at("pure"),
        ...sandbox({ PIP_MIRROR_URL: "https://10.1.2.3/simple" }),
        ssrf_proxy_allowed_hosts: ["10.1.0.0/16"],
      },
      {
        ...at("pure"),
        ...sandbox({ PIP_MIRROR_URL: "https://pypi.example.com:8443/simple" }),
        ssrf_proxy_allowed_hosts: ["pypi.example.com:8443"],
      },
      sandbox({ PIP_MIRROR_URL: "http://10.1.2.3/simple" }),
    ],
  },
  {
    id: "sandbox-packages-libraries",
    breaks: [{ ...at("pure"), ...sandbox({ PYTHON_LIB_PATH: "/usr/local/lib/python3.14" }) }],
    holds: [
      { ...at("pure"), ...sandbox({ PYTHON_LIB_PATH: "/usr/local/lib/python3.14,/usr/lib/python3" }) },
      sandbox({ PYTHON_LIB_PATH: "/usr/local/lib/python3.14" }),
    ],
  },
  {
    id: "sandbox-packages-system-calls",
    breaks: [at("pinned")],
    holds: [at("pure"), { ...at("pinned"), ...sandbox({ ALLOWED_SYSCALLS: "0,1" }) }],
  },
  {
    // What pip reads is no slip of the pen.
    id: "component-environment-read",
    breaks: [{ ...at("pure"), ...sandbox({ INDEX_PASSWORD: "x" }) }],
    holds: [{ ...at("variable"), ...PASSWORD }, sandbox({ PIP_EXTRA_INDEX_URL: "https://pypi.example.com/simple" })],
  },
];
