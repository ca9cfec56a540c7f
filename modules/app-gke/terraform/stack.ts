import { resolve, relative } from "node:path";
import { App, GcsBackend, type GcsBackendConfig, LocalBackend, type TerraformElement, TerraformStack } from "cdktf";
import { Construct, type Node } from "constructs";
import { hash } from "../installation";
import { visitBeforeWriting } from "./before-writing";
import { withoutNullOutputs } from "./listed-outputs";
import { writeLiterals } from "./literal";
import { requireOneCopy } from "./one-copy";

/** Where Terraform keeps a stack's state. */
export interface StateBackend {
  /**
   * `gcs` without `bucket`: `terraform init` is told the bucket, as `-backend-config=bucket=my-state`.
   * @see https://developer.hashicorp.com/terraform/language/backend#partial-configuration
   * @default - `gcs` with `bucket`, a local file without it
   */
  readonly type?: "gcs";
  /**
   * Cloud Storage bucket with versioning, which exists before the first run.
   * @see https://developer.hashicorp.com/terraform/language/backend/gcs
   * @default - told at `terraform init`, or a local file in the working directory: see `type`
   */
  readonly bucket?: string;
  /**
   * Folder in the bucket. The stack's own folder in it is always written, so no two stacks share a state.
   * @see https://developer.hashicorp.com/terraform/language/backend/gcs
   * @default - none
   */
  readonly prefix?: string;
}

/** First character of a scope's id that only separates names, and last one of an id that would clash. */
const APART = "~";

/**
 * @returns a scope for constructs that users name: in the tree their names cannot clash with the project's, and it does
 * not show in their addresses
 * @param kind what is in it: `jobs`
 */
export function named(scope: Construct, kind: string): Construct {
  const id = `${APART}${kind}`;
  const known = scope.node.tryFindChild(id);
  return known instanceof Construct ? known : new Construct(scope, id);
}

/**
 * @returns a user's name as the id of a construct. The tree keeps its children in an object, which has `constructor`
 * and a few other names already; the difference does not show in addresses
 */
export function idOf(name: string): string {
  return name in Object.prototype ? `${name}${APART}` : name;
}

/**
 * A Terraform stack with readable addresses: `google_container_cluster.cluster`, where CDKTF would append a hash to
 * every nested construct. The address is the path of construct ids, so ids are part of the public interface.
 */
export class InstallationStack extends TerraformStack {
  /** Paths by address. */
  private readonly paths = new Map<string, string>();

  constructor(scope: Construct, id: string, state: StateBackend = {}) {
    super(scope, id);
    requireOneCopy(scope);
    if (state.bucket || state.type === "gcs") {
      const prefix = [state.prefix, id].filter(Boolean).join("/");
      // CDKTF's type does not know that Terraform can be told the bucket later.
      new GcsBackend(this, { bucket: state.bucket, prefix } as GcsBackendConfig);
    } else {
      // Relative to the stack's folder, so that the output is the same on every machine.
      const stackDirectory = resolve(App.of(this).outdir, "stacks", id);
      new LocalBackend(this, { path: relative(stackDirectory, resolve(`terraform.${id}.tfstate`)) });
    }
  }

  override toTerraform(): unknown {
    // CDKTF calls aspects when it writes a whole app, but not when a single stack is asked for.
    visitBeforeWriting(this);
    return withoutNullOutputs(writeLiterals(super.toTerraform() as unknown));
  }

  /** If two elements would have the same address, because of names that users chose, the second one gets a hash of its path. */
  protected override allocateLogicalId(element: TerraformElement | Node): string {
    const node = "node" in element ? element.node : element;
    let logicalId = "";
    let last: string | undefined;
    for (const scope of node.scopes.slice(this.node.scopes.length)) {
      const { id } = scope.node;
      if (id.startsWith(APART)) continue;
      const word = id.replace(APART, "");
      if (word !== last) logicalId += last === undefined ? word : `_${word}`;
      last = word;
    }
    logicalId = logicalId.replace(/[^A-Za-z0-9_]/g, "_");
    const address = `${blockOf(element)}.${logicalId}`;
    const other = this.paths.get(address) ?? node.path;
    this.paths.set(address, other);
    return other === node.path ? logicalId : `${logicalId}_${hash(node.path).slice(0, 8)}`;
  }
}

/**
 * The beginning of an address: names of different types are separate in Terraform, as are data sources and resources.
 */
function blockOf(element: TerraformElement | Node): string {
  // CDKTF does not expose it, and reading the address would ask for this name again.
  return "node" in element ? String(element["_elementType"] ?? "") : "";
}
