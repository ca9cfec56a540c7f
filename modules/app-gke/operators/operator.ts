import { DataResource, type ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { DataKubernetesNamespaceV1 } from "@cdktf/provider-kubernetes/lib/data-kubernetes-namespace-v1";
import { NamespaceV1 } from "@cdktf/provider-kubernetes/lib/namespace-v1";
import { restScript } from "../google/rest-script";
import type { Installation } from "../installation";
import { clusterScript, type ClusterAccess } from "../terraform/cluster-script";
import { accessToken } from "../terraform/ephemeral";
import { HelmRelease } from "../terraform/helm";
import { quotaProject } from "../terraform/providers";
import { takeBack } from "../terraform/removed";

/** A chart, pinned. */
export interface Chart {
  /** Name of the release. */
  readonly release: string;
  readonly chart: string;
  readonly version: string;
  /** What differs from the chart's own values. */
  readonly values: object;
}

/** Kinds that no chart brings. */
export interface Kinds {
  readonly version: string;
  /** Address of the folder that has them: `https://…`. */
  readonly from: string;
  /** Hash of all files, one after the other. */
  readonly sha256: string;
  /** Files there, without `.yaml`: `<group>_<plural>`. */
  readonly files: readonly string[];
}

/** An operator, as it is installed. */
export interface OperatorDefinition {
  /** Its name, for messages, with an article if it needs one. */
  readonly title: string;
  readonly repository: string;
  /** The pod security standard that its pods keep. @see https://kubernetes.io/docs/concepts/security/pod-security-standards/ */
  readonly podSecurity: "baseline" | "restricted";
  /** API groups of its kinds. A cluster that serves the first one has the operator. */
  readonly groups: readonly [string, ...string[]];
  /** What to do if somebody has installed it already, for messages. */
  readonly remedy: string;
  /** @default - its chart has them */
  readonly kinds?: Kinds;
  /** In the order in which they are installed: the operator is the first. */
  readonly charts: readonly [Chart, ...Chart[]];
  /** Charts that only some ask for, by name, after all others. @default {} */
  readonly addons?: Readonly<Record<string, Addon>>;
}

/** A chart with which an operator knows one more kind of what it runs. */
export interface Addon {
  readonly chart: Chart;
  /** Objects that need it: their path in the API, and the field of their specification that names it. */
  readonly needed: { readonly path: string; readonly field: string; readonly value: string };
}

export interface OperatorProps {
  readonly installation: Installation;
  readonly definition: OperatorDefinition;
  /** Names of the addons that are asked for. @default [] */
  readonly addons?: readonly string[];
  /** Where it runs. */
  readonly namespace: string;
  /** Name of the cluster, for messages. */
  readonly cluster: string;
  readonly access: ClusterAccess;
  /** E-mail address of the service account to act as. @default - the account that runs Terraform */
  readonly impersonateServiceAccount?: string;
}

/** Label that says who made an object, as on the application's own. */
const OWNER = "app.kubernetes.io/instance";
const SECONDS = 600;
const SCRIPT = { file: "operator_kinds.py", prefix: "OPERATORS" } as const;
/** Ids of the constructs whose scripts run at destroy. */
const [UNUSED, KINDS] = ["unused", "kinds"];

/**
 * An operator, in a namespace of its own. If the cluster has one already, a second one is refused before anything is made: a kind can
 * be defined only once, so it would fail in the middle of an apply. An operator whose kinds somebody uses is not removed.
 */
export class Operator extends Construct {
  constructor(
    scope: Construct,
    id: string,
    private readonly props: OperatorProps,
  ) {
    super(scope, id);
    const { definition, installation } = props;
    const namespace = this.namespace(id);
    let made: ITerraformDependable = definition.kinds ? this.install(definition.kinds, namespace) : namespace;
    const chart = ({ release, ...rest }: Chart, name = rest.chart) =>
      new HelmRelease(this, name, {
        ...rest,
        name: release,
        namespace: namespace.metadata.name,
        repository: definition.repository,
        timeoutSeconds: SECONDS,
        // Its deletion would delete the kinds, and with them the objects of everybody in the cluster.
        preventDestroy: installation.deletionProtection,
        dependsOn: [made],
      });
    const [first, ...others] = definition.charts;
    made = chart(first, "release");
    for (const other of others) made = chart(other);
    const { addons = [] } = props;
    const asked = Object.entries(definition.addons ?? {}).filter(([name]) => addons.includes(name));
    for (const [name, addon] of asked) {
      made = chart(addon.chart);
      made = new DataResource(this, addonId(name), {
        input: { ...this.settings, addon: name, ...addon.needed },
        provisioners: [atDestroy(this, "unneeded")],
        dependsOn: [made],
      });
    }
    for (const name of Object.keys(definition.addons ?? {}))
      if (!addons.includes(name)) takeBack(scope, [id, addonId(name)], atDestroy(scope, "unneeded"));
    new DataResource(this, UNUSED, {
      input: {
        ...this.settings,
        groups: definition.groups,
        namespace: props.namespace,
        releases: [...definition.charts, ...asked.map(([, addon]) => addon.chart)].map(({ release }) => release),
      },
      // With another namespace, the operator is removed from the earlier one.
      triggersReplace: { namespace: props.namespace },
      provisioners: [atDestroy(this, "unused")],
      // Destroyed before everything else.
      dependsOn: [made],
    });
  }

  private namespace(name: string): NamespaceV1 {
    const { access, cluster, definition, installation, namespace } = this.props;
    const { resourcePrefix } = installation;
    const { groups, remedy, title } = definition;
    const found = new DataKubernetesNamespaceV1(this, "found", { metadata: { name: namespace } });
    const metadata = `data.${found.terraformResourceType}.${found.friendlyUniqueId}.metadata[0]`;
    const exists = `try(length(${metadata}.uid), 0) > 0`;
    const owner = `try(${metadata}.labels["${OWNER}"], "")`;
    const alone = new DataResource(this, "alone", {
      input: {
        name,
        path: `/apis/${groups[0]}`,
        otherwise:
          `cluster ${cluster} has ${title} already, in another namespace than ${namespace}: its kinds can be ` +
          `defined only once, so a second one would fail in the middle of the apply. ${remedy}`,
      },
      lifecycle: { ignoreChanges: ["input"] },
      provisioners: [clusterScript("absent", access, accessToken(this))],
    });
    return new NamespaceV1(this, "namespace", {
      metadata: {
        name: namespace,
        labels: {
          [OWNER]: resourcePrefix,
          "app.kubernetes.io/managed-by": "terraform",
          "pod-security.kubernetes.io/enforce": definition.podSecurity,
        },
      },
      dependsOn: [alone],
      lifecycle: {
        preventDestroy: installation.deletionProtection,
        precondition: [
          {
            condition: `\${!(${exists}) || ${owner} == "${resourcePrefix}"}`,
            errorMessage:
              `Cluster ${cluster} has a namespace ${namespace} that \${${owner} == "" ? "somebody else" : ${owner}} made (label ${OWNER}), and ` +
              `install_operators would install the operator there: the apply would stop half-way. ${remedy}`,
          },
        ],
      },
    });
  }

  /** Kinds are there before the operator, and go after it. */
  private install({ files: kinds, from, sha256, version }: Kinds, namespace: NamespaceV1): ITerraformDependable {
    const input = { ...this.settings, kinds, from, sha256, version };
    // Before the kinds are made, so that what was done halfway is undone as well. Never replaced, because an upgrade keeps objects.
    const owned = new DataResource(this, KINDS, {
      input,
      provisioners: [atDestroy(this, "remove")],
      dependsOn: [namespace],
    });
    const token = accessToken(new Construct(this, "installed"), [owned]);
    return new DataResource(this, "kinds-installed", {
      input,
      triggersReplace: { sha256 },
      provisioners: [restScript({ ...SCRIPT, action: "install", token, quotaProject: quotaProject(this) })],
      dependsOn: [owned],
    });
  }

  private get settings() {
    const { access, cluster, impersonateServiceAccount: account } = this.props;
    return { cluster, host: access.host, ca: access.caCertificate, impersonate: account ?? "" };
  }
}

/** Removes an operator that is not asked for any more, with its kinds: only if nobody uses it. */
export function removeOperator(scope: Construct, id: string, { addons, kinds }: OperatorDefinition): void {
  takeBack(scope, [id, UNUSED], atDestroy(scope, "unused"));
  for (const name of Object.keys(addons ?? {})) takeBack(scope, [id, addonId(name)], atDestroy(scope, "unneeded"));
  if (kinds) takeBack(scope, [id, KINDS], atDestroy(scope, "remove"));
}

/** Id of the construct that is destroyed before an addon's chart, and stops that while somebody needs the addon. */
function addonId(name: string): string {
  return `${name}-unneeded`;
}

function atDestroy(scope: Construct, action: "remove" | "unneeded" | "unused") {
  return restScript({ ...SCRIPT, action, atDestroy: true, quotaProject: quotaProject(scope) });
}
