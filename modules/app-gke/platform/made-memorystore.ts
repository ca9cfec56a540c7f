import { DataGoogleSecretManagerSecrets } from "@cdktf/provider-google/lib/data-google-secret-manager-secrets";
import { Construct } from "constructs";
import type { MemorystoreSettings } from "../google/shared-services";

export interface MadeMemorystoreProps {
  readonly projectId: string;
  readonly settings: MemorystoreSettings;
}

/**
 * The Redis of Memorystore's that the foundation makes. The provider's data source would write its password into the state, so
 * where it is comes from an annotation of the password's secret.
 */
export class MadeMemorystore extends Construct {
  /** Terraform expression. */
  readonly host: string;
  /** PEM of the authorities that its certificate is checked against, as a Terraform expression. */
  readonly ca: string;

  constructor(scope: Construct, id: string, { projectId, settings }: MadeMemorystoreProps) {
    super(scope, id);
    const { name, passwordSecret } = settings;
    const list = new DataGoogleSecretManagerSecrets(this, "connection", {
      project: projectId,
      filter: `name:${passwordSecret}`,
      lifecycle: {
        postcondition: [
          {
            condition: `\${length(${noted("self.secrets", passwordSecret)}) == 1}`,
            errorMessage:
              `Memorystore ${name} of project ${projectId} is not there yet, or not finished: the application would have no ` +
              "queue. The foundation stack makes it: apply that stack first.",
          },
        ],
      },
    });
    const address = `data.${list.terraformResourceType}.${list.friendlyUniqueId}.secrets`;
    const connection = `jsondecode(one(${noted(address, passwordSecret)}))`;
    this.host = `\${${connection}.host}`;
    this.ca = `\${${connection}.ca}`;
  }
}

/** @returns what the foundation's script noted at a secret of this name, as a list: scripts/google/memorystore_redis.py */
function noted(secrets: string, name: string): string {
  return `[for s in ${secrets} : s.annotations["redis"] if s.secret_id == "${name}" && can(jsondecode(s.annotations["redis"]))]`;
}
