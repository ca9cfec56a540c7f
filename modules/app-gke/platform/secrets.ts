import { DataResource, type ITerraformDependable, type Precondition, TerraformStack, TerraformVariable } from "cdktf";
import { Construct } from "constructs";
import { DataGoogleSecretManagerSecretVersion } from "@cdktf/provider-google/lib/data-google-secret-manager-secret-version";
import { PubsubTopic } from "@cdktf/provider-google/lib/pubsub-topic";
import { PubsubTopicIamMember } from "@cdktf/provider-google/lib/pubsub-topic-iam-member";
import { bare } from "../terraform/expression";
import { named } from "../terraform/stack";
import { ServiceAgent } from "../google/service-agent";
import type { SecretDefinition, StoredElsewhere } from "../application-config";
import { keyName } from "../google/encryption";
import type { Installation } from "../installation";
import { listSecrets } from "../google/secret-list";
import { GeneratedSecret, type RotationReminder, SecretValue, StoredSecret } from "../google/generated-secret";

export interface SecretsProps {
  readonly installation: Installation;
  readonly projectNumber: string;
  readonly definitions: readonly SecretDefinition[];
  /** Interval between rotation reminders: `2592000s`. */
  readonly rotationPeriod: string;
  readonly dependsOn: readonly ITerraformDependable[];
  /** A secret that is made only after something else. @default - none */
  readonly later?: { readonly name: string; readonly after: readonly ITerraformDependable[] };
  /** Uses the newest version of each secret, even if others added it. @default false - the version that Terraform wrote */
  readonly newest?: boolean;
  /** An operator in the cluster reads the values: Terraform reads only those that it needs itself. @default false */
  readonly readElsewhere?: boolean;
}

/** One secret as the rest of the stack uses it. */
export interface Secret {
  /** Name in Secret Manager. */
  readonly secretId: string;
  /** The same, as a reference to the secret if it is made here: what uses it waits for the secret. */
  readonly reference: string;
  /** Ephemeral expression, for write-only arguments. */
  readonly value: string;
  /** Number of the version: whatever was given the value is updated with it. */
  readonly version: string;
  /** Number that only an apply changes: of the version that Terraform wrote, or of the one that was the newest at first. */
  readonly ownVersion: string;
  /** Whether `NO_VALUE` may be what is stored. */
  readonly maybeEmpty: boolean;
  /** Where it is, if Terraform does not see it. @default - in Secret Manager */
  readonly at?: StoredElsewhere;
}

/** Stands for "no password", because Secret Manager refuses empty values. */
export const NO_VALUE = "(none)";

/** The application's secrets in Secret Manager, the only source of every value. */
export class Secrets extends Construct {
  private readonly projectId: string;
  private readonly secrets: Readonly<Record<string, Secret>>;
  /** Expression of the secrets that others made. */
  private readonly found: string;

  /** Name of the topic that reminders go to. `undefined`: no secret has one. */
  readonly rotationTopic?: string;

  constructor(scope: Construct, id: string, props: SecretsProps) {
    super(scope, id);
    this.projectId = props.installation.projectId;
    this.found = this.listExisting(props);
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
    const { installation, newest = false, readElsewhere = false } = props;
    const { name, source } = definition;
    if (source.type === "store") return unseen(name, source.at);
    if (definition.takenFrom) {
      const { takenFrom, ...unused } = definition;
      this.secret({ ...unused, rotates: false }, { ...props, newest: true, readElsewhere: true });
      return unseen(name, takenFrom);
    }
    if (source.type === "existing") {
      const { secretId } = source;
      const { version } = this.newest("existing", name, secretId, props.dependsOn, this.isThere(secretId));
      return this.read(name, source.secretId, readElsewhere, {
        version: () => version,
        ownVersion: () => this.first(name, version),
      });
    }
    const stored = {
      projectId: installation.projectId,
      placement: installation,
      secretId: `${installation.resourcePrefix}-${name}`,
      rotation: remindable(definition) ? rotation : undefined,
      revision: revisionOf(source),
      othersAddVersions: newest,
      dependsOn: [...props.dependsOn, ...(props.later?.name === name ? props.later.after : [])],
    };
    const secret =
      source.type === "generated"
        ? new GeneratedSecret(this, name, { ...stored, length: source.format.length })
        : new StoredSecret(this, name, { ...stored, value: givenValue(this, source) });
    return this.read(name, stored.secretId, readElsewhere, {
      reference: secret.secretId,
      version: newest
        ? once(() => this.newest("newest", name, stored.secretId, [secret.versionResource]).version)
        : () => secret.version,
      ownVersion: () => secret.version,
      maybeEmpty: source.type === "variable",
    });
  }

  private newest(
    group: string,
    name: string,
    secret: string,
    dependsOn: readonly ITerraformDependable[],
    precondition?: Precondition,
  ) {
    return new DataGoogleSecretManagerSecretVersion(named(this, group), name, {
      project: this.projectId,
      secret,
      // Only the version's number is needed: the value would end up in the state.
      fetchSecretData: false,
      lifecycle: precondition && { precondition: [precondition] },
      dependsOn: [...dependsOn],
    });
  }

  private listExisting({ definitions, dependsOn }: SecretsProps): string {
    const names = [
      ...new Set(definitions.flatMap(({ source }) => (source.type === "existing" ? source.secretId : []))),
    ];
    return names.length === 0 ? "[]" : listSecrets(this, "found", this.projectId, names, dependsOn);
  }

  /** One that is not there would end a plan with the provider's bare `not found`. */
  private isThere(secretId: string): Precondition {
    return {
      condition: `\${contains(${this.found}[*].secret_id, "${secretId}")}`,
      errorMessage:
        `There is no secret ${secretId} in project ${this.projectId}, so what needs it would not start. The foundation stack makes ` +
        "those of a file server and of Memorystore: apply that stack first. Create any other, with a version.",
    };
  }

  /** @returns an expression of what was the newest version when this was made, so that later ones change nothing */
  private first(name: string, version: string): string {
    const { terraformResourceType, friendlyUniqueId } = new DataResource(named(this, "first"), name, {
      input: { version },
      lifecycle: { ignoreChanges: ["input"] },
    });
    return `\${${terraformResourceType}.${friendlyUniqueId}.output.version}`;
  }

  private read(
    name: string,
    secretId: string,
    whenAsked: boolean,
    given: {
      readonly reference?: string;
      readonly version: () => string;
      readonly ownVersion: () => string;
      readonly maybeEmpty?: boolean;
    },
  ): Secret {
    const { maybeEmpty = false, reference = secretId } = given;
    const value = once(() => {
      const read = new SecretValue(named(this, "read"), `${name}-read`, {
        projectId: this.projectId,
        secretId,
        version: given.version(),
      });
      const text = bare(read.value);
      return maybeEmpty ? `\${${text} == "${NO_VALUE}" ? "" : ${text}}` : read.value;
    });
    if (!whenAsked) value();
    const ownVersion = once(given.ownVersion);
    return {
      secretId,
      reference,
      maybeEmpty,
      get value() {
        return value();
      },
      get version() {
        return given.version();
      },
      get ownVersion() {
        return ownVersion();
      },
    };
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

/** @returns a function that makes something at its first call, because most of it is never asked for */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function rotationTopic({ resourcePrefix }: Installation): string {
  return `${resourcePrefix}-secret-rotation`;
}

/** A secret of which Terraform only knows the place: another place counts as another value. */
function unseen(name: string, at: StoredElsewhere): Secret {
  const place = JSON.stringify(at);
  return {
    secretId: "",
    reference: "",
    maybeEmpty: false,
    at,
    version: place,
    ownVersion: place,
    get value(): string {
      throw new Error(`Terraform cannot know the value of ${name}, which is in store ${at.store}`);
    },
  };
}

/** A new format announces a new value, as a raised revision does. */
function revisionOf(source: Exclude<SecretDefinition["source"], { readonly type: "existing" | "store" }>): number {
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
