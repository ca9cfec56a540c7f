import { Construct } from "constructs";
import { ConfigMapV1 } from "@cdktf/provider-kubernetes/lib/config-map-v1";
import type { Bindings } from "../application-config";
import { environmentConfigMapName, fileKey, fileKeys, filesConfigMapName } from "./names";
import type { Task } from "./pod";

export interface ConfigurationProps {
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Prefix of the ConfigMaps' names. */
  readonly applicationName: string;
  readonly bindings: Bindings;
  readonly tasks: readonly Task[];
}

interface TaskConfiguration {
  /** ConfigMap with its environment. @default - it has none */
  readonly environment?: string;
  /** @default - it has none */
  readonly files?: { readonly name: string; readonly keys: Readonly<Record<string, string>> };
  /** Terraform expressions, without `${}`, of each ConfigMap's data. */
  readonly checksums: readonly string[];
}

/** Configuration that is not secret: for every task one ConfigMap with its environment and one with its files. */
export class Configuration extends Construct {
  private readonly byTask = new Map<string, TaskConfiguration>();

  constructor(scope: Construct, id: string, props: ConfigurationProps) {
    super(scope, id);
    for (const task of props.tasks) {
      const checksums: string[] = [];
      const configMap = (kind: "environment" | "files", data: Record<string, string>): string => {
        const map = new ConfigMapV1(this, `${task.name}-${kind}`, {
          metadata: {
            name: (kind === "environment" ? environmentConfigMapName : filesConfigMapName)(props.applicationName, task),
            namespace: props.namespace,
            labels: { ...props.labels, "app.kubernetes.io/component": task.name },
          },
          data,
        });
        checksums.push(`jsonencode(${map.terraformResourceType}.${map.friendlyUniqueId}.data)`);
        return map.metadata.name;
      };

      const environment = task.environment?.(props.bindings) ?? {};
      checkVariables(task, environment);
      this.byTask.set(task.name, {
        environment: Object.keys(environment).length > 0 ? configMap("environment", { ...environment }) : undefined,
        files:
          task.files && task.files.length > 0
            ? {
                name: configMap(
                  "files",
                  Object.fromEntries(task.files.map((file) => [fileKey(file.mountPath), file.content(props.bindings)])),
                ),
                keys: fileKeys(task),
              }
            : undefined,
        checksums,
      });
    }
  }

  environmentOf(task: Task): string | undefined {
    return this.byTask.get(task.name)?.environment;
  }

  filesOf(task: Task): TaskConfiguration["files"] {
    return this.byTask.get(task.name)?.files;
  }

  /** @returns a Terraform expression that changes with the configuration of these tasks. `undefined` without any */
  checksumOf(tasks: readonly Task[]): string | undefined {
    const checksums = tasks.flatMap((task) => this.byTask.get(task.name)?.checksums ?? []);
    return checksums.length > 0 ? `\${sha256(join("", [${checksums.join(", ")}]))}` : undefined;
  }
}

/** They are keys of a ConfigMap, and JSON would write what is no text in a spelling of its own. */
function checkVariables({ name }: Task, environment: Readonly<Record<string, unknown>>): void {
  for (const [variable, value] of Object.entries(environment)) {
    const problem = !/^[A-Za-z_.-][\w.-]{0,252}$/.test(variable)
      ? "is not a valid name: take letters, digits and _, first no digit"
      : typeof value !== "string"
        ? `is ${JSON.stringify(value)}, which is no text: use String(…), or leave it out`
        : undefined;
    if (problem !== undefined) throw new Error(`environment of ${name}: the variable ${variable} ${problem}.`);
  }
}
