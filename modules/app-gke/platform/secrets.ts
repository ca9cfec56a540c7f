import { type ITerraformDependable, TerraformStack, TerraformVariable } from "cdktf";
import { Construct } from "constructs";
import { DataGoogleSecretManagerSecretVersion } from "@cdktf/provider-google/lib/data-google-secret-manager-secret-version";
import { PubsubTopic } from "@cdktf/provider-google/lib/pubsub-topic";
import { PubsubTopicIamMember } from "@cdktf/provider-google/lib/pubsub-topic-iam-member";
import { bare } from "../terraform/expression";
import { named } from "../terraform/stack";
import { ServiceAgent } from "../google/service-agent";
import type { SecretDefinition } from "../application-config";
import { keyName } from "../encryption";
import type { Installation } from "../installation";
import { GeneratedSecret, type RotationReminder, SecretValue, StoredSecret } from "../google/generated-secret";

export interface SecretsProps {
  readonly installation: Installation;
  readonly projectNumber: string;
  readonly definitions: readonly SecretDefinition[];
  /** Interval between rotation reminders: `2592000s`. */
  readonly rotationPeriod: string;
  readonly dependsOn: readonly ITerraformDependable[];
  /** A secret that is only made once others are out of the way. @default - none */
  readonly later?: { readonly name: string; readonly after: readonly ITerraformDependable[] };
}

/** One secret as the rest of the stack uses it. */
export interface Secret {
  /** Name in Secret Manager. */
  readonly secretId: string;
  /** Ephemeral expression, for write-only arguments. */
  readonly value: string;
  /** Number of the version: whatever was given the value is updated with it. */
  readonly version: string;
}

/** Stands for "no password", because Secret Manager refuses empty values. */
const NO_VALUE = "(none)";

/** The application's secrets in Secret Manager, the only source of every value. */
export class Secrets extends Construct {
  private readonly projectId: string;
  private readonly secrets: Readonly<Record<string, Secret>>;

  /** Name of the topic that reminders go to. `undefined`: no secret has one. */
  readonly rotationTopic?: string;

  constructor(scope: Construct, id: string, props: SecretsProps) {
    super(scope, id);
    this.projectId = props.installation.projectId;
    const rotation = props.definitions.some(remindable) ? this.rotation(props) : undefined;
    this.rotationTopic = rotation && rotationTopic(props.installation);
    this.secrets = Object.fromEntries(
      props.definitions.map((definition) => [definition.name, this.secret(definition, props, rotation)]),
    );
  }

  /** @throws Error for a name that the application did not define: a mistake in its code, not in a variable file. */
  get(name: string): Secret {
    const secret = this.secrets[name];
    if (!secret) throw new Error(`The application defines no secret called ${name}`);
    return secret;
  }

  private secret(definition: SecretDefinition, props: SecretsProps, rotation?: RotationReminder): Secret {
    const { installation } = props;
    const { name, source } = definition;
    if (source.type === "existing") {
      const newest = new DataGoogleSecretManagerSecretVersion(named(this, "existing"), name, {
        project: installation.projectId,
        secret: source.secretId,
        // Only the version's number is needed: the value would end up in the state.
        fetchSecretData: false,
        dependsOn: [...props.dependsOn],
      });
      return this.read(name, source.secretId, newest.version);
    }
    const stored = {
      projectId: installation.projectId,
      placement: installation,
      secretId: `${installation.resourcePrefix}-${name}`,
      rotation: remindable(definition) ? rotation : undefined,
      revision: revisionOf(source),
      dependsOn: [...props.dependsOn, ...(props.later?.name === name ? props.later.after : [])],
    };
    const secret =
      source.type === "generated"
        ? new GeneratedSecret(this, name, { ...stored, length: source.format.length })
        : new StoredSecret(this, name, { ...stored, value: givenValue(this, source) });
    const read = this.read(name, stored.secretId, secret.version);
    if (source.type === "generated") return read;
    const value = bare(read.value);
    return { ...read, value: `\${${value} == "${NO_VALUE}" ? "" : ${value}}` };
  }

  private read(name: string, secretId: string, version: string): Secret {
    const { value } = new SecretValue(named(this, "read"), `${name}-read`, {
      projectId: this.projectId,
      secretId,
      version,
    });
    return { secretId, value, version };
  }

  /** A topic for reminders, and the permission to publish to it. */
  private rotation(props: SecretsProps): RotationReminder {
    const { installation } = props;
    const topic = new PubsubTopic(this, "rotation", {
      project: installation.projectId,
      name: rotationTopic(installation),
      kmsKeyName: keyName(installation.encryption, "messages", installation.region),
      dependsOn: [...props.dependsOn],
    });
    const agent = new ServiceAgent(this, "service-agent", {
      project: installation.projectId,
      projectNumber: props.projectNumber,
      service: "secretmanager",
      dependsOn: props.dependsOn,
    });
    const publisher = new PubsubTopicIamMember(this, "rotation-publisher", {
      project: installation.projectId,
      topic: topic.name,
      role: "roles/pubsub.publisher",
      member: agent.member,
    });
    return { period: props.rotationPeriod, topicId: topic.id, publisher };
  }
}

function rotationTopic({ resourcePrefix }: Installation): string {
  return `${resourcePrefix}-secret-rotation`;
}

/** A new format announces a new value, as a raised revision does. */
function revisionOf(source: Exclude<SecretDefinition["source"], { readonly type: "existing" }>): number {
  const editions = source.type === "generated" ? (source.format.edition ?? 1) - 1 : 0;
  return (source.revision ?? 1) + editions;
}

/** Whether a rotation reminder makes sense: the value is generated here and may change. */
function remindable(definition: SecretDefinition): boolean {
  return definition.source.type === "generated" && definition.rotates !== false;
}

const declaredIn = new WeakMap<TerraformStack, Set<string>>();

/**
 * The sensitive Terraform variable behind a secret that the user passes in; one per stack, however often it is used.
 */
function givenValue(
  scope: Construct,
  source: Extract<SecretDefinition["source"], { readonly type: "variable" }>,
): string {
  const stack = TerraformStack.of(scope);
  const declared = declaredIn.get(stack) ?? new Set();
  declaredIn.set(stack, declared);
  if (!declared.has(source.variable)) {
    declared.add(source.variable);
    const variable = new TerraformVariable(scope, `variable-${source.variable}`, {
      type: source.key === undefined ? "string" : "map(string)",
      default: source.key === undefined ? "" : {},
      sensitive: true,
      description: `Given as TF_VAR_${source.variable}; never written to a file or to the state.`,
    });
    variable.addOverride("ephemeral", true);
    variable.overrideLogicalId(source.variable);
  }
  const value =
    source.key === undefined ? `var.${source.variable}` : `lookup(var.${source.variable}, "${source.key}", "")`;
  return `\${${value} == "" ? "${NO_VALUE}" : ${value}}`;
}
