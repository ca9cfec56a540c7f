import type { Variables } from "../variables";
import { PITFALLS, type Rule } from "./rule";
import { type SettingReader, storageTypes, type StoreSetting, vectorStores } from "./stores";

function readerOf(v: Variables): SettingReader {
  return (name) =>
    v.environment_variables[name] ??
    (Object.hasOwn(v.secret_environment_variables, name) || v.explicit_secret_names.includes(name) ? "" : undefined);
}

function isGiven(v: Variables, name: string): boolean {
  const value = v.environment_variables[name];
  return value === undefined ? readerOf(v)(name) !== undefined : value !== "";
}

interface Choice {
  /** The environment variable that makes the choice. */
  readonly chooser: string;
  readonly what: string;
  readonly choices: Readonly<Record<string, readonly StoreSetting[]>>;
}

function chosen(v: Variables, choice: Choice): readonly StoreSetting[] {
  const value = v.environment_variables[choice.chooser] ?? "";
  return Object.hasOwn(choice.choices, value) ? (choice.choices[value] ?? []) : [];
}

const variables = ["environment_variables", "secret_environment_variables", "explicit_secret_names"] as const;

function rulesOf(name: string, choice: Choice): readonly Rule[] {
  return [
    {
      id: `${name}-known`,
      what: `A \`${choice.chooser}\` that is not supported`,
      why: "The API would not start.",
      risk: "High",
      severity: "error",
      variables: ["environment_variables"],
      source: PITFALLS,
      brokenBy: (v) => {
        const value = v.environment_variables[choice.chooser];
        return value !== undefined && !Object.hasOwn(choice.choices, value);
      },
      message: (v) =>
        `${choice.chooser} = "${v.environment_variables[choice.chooser] ?? ""}" is not a ${choice.what} that is supported here: the API would not start. Set it to one of ${Object.keys(choice.choices).join(", ")}.`,
    },
    {
      id: `${name}-complete`,
      what: `A \`${choice.chooser}\` without the settings that it needs`,
      why: "Dify does not check it when it starts: only its users would notice that nothing can be stored.",
      risk: "High",
      severity: "error",
      variables,
      source: PITFALLS,
      brokenBy: (v) => {
        const read = readerOf(v);
        return chosen(v, choice)
          .filter(({ required }) => (typeof required === "function" ? required(read) : required === true))
          .map((setting) => setting.name)
          .filter((setting) => !isGiven(v, setting));
      },
      message: (v, subject) => {
        const secret = chosen(v, choice).find((setting) => setting.name === subject)?.secret === true;
        const place = secret ? "secret_environment_variables or explicit_secret_names" : "environment_variables";
        return `${choice.chooser} = "${v.environment_variables[choice.chooser] ?? ""}" needs ${subject}, which is not set. Dify does not check this when it starts: nothing could be stored, and only users would notice. Set ${subject} in ${place}.`;
      },
    },
    {
      id: `${name}-address`,
      what: `An address of the ${choice.what} without http:// or https://`,
      why: "Dify's client does not take it, and every request would fail.",
      risk: "High",
      severity: "error",
      variables: ["environment_variables"],
      source: PITFALLS,
      brokenBy: (v) =>
        chosen(v, choice)
          .filter(({ address }) => address === true)
          .map((setting) => setting.name)
          .filter((setting) => {
            const value = v.environment_variables[setting];
            return value !== undefined && value !== "" && !/^https?:\/\/[^/\s]/.test(value);
          }),
      message: (_, subject) =>
        `${subject} does not begin with http:// or https://: Dify's client would not accept it as an address, and every request would fail. Put the scheme in front.`,
    },
  ];
}

const local: Rule = {
  id: "local-storage-shared",
  what: '`STORAGE_TYPE = "local"` outside of the share',
  why: "Files would be lost with the container, and unknown to the other pods.",
  risk: "High",
  severity: "error",
  variables: ["environment_variables", "enable_nfs", "nfs_mount_path"],
  source: PITFALLS,
  brokenBy: (v) => {
    if (v.environment_variables["STORAGE_TYPE"] !== "local") return false;
    const root = v.nfs_mount_path.replace(/\/$/, "");
    const path = v.environment_variables["STORAGE_LOCAL_PATH"] ?? "";
    const segments = path.split("/");
    return !v.enable_nfs || segments.includes("..") || !(path === root || path.startsWith(`${root}/`));
  },
  message: (v) =>
    v.enable_nfs
      ? `STORAGE_LOCAL_PATH does not lead to the share: files would be written inside the container, lost with it, and invisible to other pods. Set STORAGE_LOCAL_PATH to a directory on the share, such as "${v.nfs_mount_path}/storage".`
      : 'STORAGE_TYPE is "local" and enable_nfs = false leaves out the share: files would be written inside the container, lost with it, and invisible to other pods. Set enable_nfs = true, or STORAGE_TYPE = "google-storage".',
};

export const storeRules: readonly Rule[] = [
  ...rulesOf("storage-type", { chooser: "STORAGE_TYPE", what: "storage type", choices: storageTypes }),
  ...rulesOf("vector-store", { chooser: "VECTOR_STORE", what: "vector store", choices: vectorStores }),
  local,
];
