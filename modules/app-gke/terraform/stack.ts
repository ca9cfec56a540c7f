import { resolve, relative } from "node:path";
import { App, GcsBackend, LocalBackend, type TerraformElement, TerraformStack } from "cdktf";
import type { Construct, Node } from "constructs";
import { writeLiterals } from "./literal";

/** Where Terraform keeps a stack's state. */
export interface StateBackend {
  /** GCS bucket, versioned, made by the user before the first run. @default - a local file in the working directory */
  readonly bucket?: string;
  /** Folder in the bucket. @default - none */
  readonly prefix?: string;
}

/**
 * A Terraform stack whose addresses people can read: `google_container_cluster.cluster` where CDKTF would append a hash
 * to every nested construct. The address is the path of construct ids, so ids are part of the public interface.
 */
export class InstallationStack extends TerraformStack {
  private readonly logicalIds = new Map<string, string>();

  constructor(scope: Construct, id: string, state: StateBackend = {}) {
    super(scope, id);
    if (state.bucket) {
      new GcsBackend(this, { bucket: state.bucket, prefix: [state.prefix, id].filter(Boolean).join("/") });
    } else {
      // Relative to the stack's folder, so that the output is the same on every machine.
      const stackDirectory = resolve(App.of(this).outdir, "stacks", id);
      new LocalBackend(this, { path: relative(stackDirectory, resolve(`terraform.${id}.tfstate`)) });
    }
  }

  override toTerraform(): unknown {
    return writeLiterals(super.toTerraform() as unknown);
  }

  protected override allocateLogicalId(element: TerraformElement | Node): string {
    const node = "node" in element ? element.node : element;
    const words = node.path.split("/").slice(this.node.path.split("/").length);
    const logicalId = words
      .filter((word, index) => word !== words[index - 1])
      .join("_")
      .replace(/[^A-Za-z0-9_]/g, "_");
    const other = this.logicalIds.get(logicalId);
    if (other !== undefined && other !== node.path) {
      throw new Error(`Two constructs share the Terraform name ${logicalId}: ${other} and ${node.path}`);
    }
    this.logicalIds.set(logicalId, node.path);
    return logicalId;
  }
}
