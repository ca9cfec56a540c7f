import { type ITerraformDependable, TerraformVariable } from "cdktf";
import { Construct } from "constructs";
import { IapWebTypeComputeIamMember } from "@cdktf/provider-google/lib/iap-web-type-compute-iam-member";
import { type Installation, hash } from "../installation";
import { type Secret, Secrets } from "../platform/secrets";
import type { SignInSettings } from "./settings";

export interface SignInProps {
  readonly installation: Installation;
  readonly projectNumber: string;
  readonly settings: SignInSettings;
  /** Host names that the members may open. */
  readonly hosts: readonly string[];
  /** Secret Manager's API. */
  readonly secretApis: readonly ITerraformDependable[];
  readonly dependsOn: readonly ITerraformDependable[];
}

const CLIENT_SECRET = "iap-oauth-client-secret";

/** Identity-Aware Proxy on Google's side: the OAuth client, and who may sign in. */
export class SignIn extends Construct {
  /** Terraform expression. */
  readonly clientId: string;
  readonly clientSecret: Secret;
  /** The members as IAM names them. */
  readonly members: readonly string[];
  readonly ready: readonly ITerraformDependable[];

  constructor(scope: Construct, id: string, props: SignInProps) {
    super(scope, id);
    const { installation, settings } = props;
    // Unlike the secret, not ephemeral: the backend policy has the ID in its specification, and everybody who signs in
    // sees it in the address of Google's sign-in page.
    const clientId = new TerraformVariable(this, "variable-iap_oauth_client_id", {
      type: "string",
      default: "",
      description: "Given as TF_VAR_iap_oauth_client_id at every apply; it is not secret, and is in the state.",
    });
    clientId.overrideLogicalId("iap_oauth_client_id");
    this.clientId = clientId.stringValue;
    this.clientSecret = new Secrets(this, "secrets", {
      installation,
      projectNumber: props.projectNumber,
      definitions: [
        {
          name: CLIENT_SECRET,
          source: { type: "variable", variable: "iap_oauth_client_secret", revision: settings.secretRevision },
        },
      ],
      rotationPeriod: "",
      dependsOn: props.secretApis,
    }).get(CLIENT_SECRET);
    this.members = [...new Set(settings.members)].sort();
    // GKE names the backend services, so access cannot be bound to one of them. The narrowest possible scope is all
    // backends of the project's load balancers, for requests to these hosts.
    const expression = props.hosts.map((host) => `request.host == "${host}"`).join(" || ");
    this.ready = this.members.map(
      (member) =>
        new IapWebTypeComputeIamMember(this, `${member.replace(/[^A-Za-z0-9]+/g, "-")}-${hash(member).slice(0, 4)}`, {
          project: installation.projectId,
          role: "roles/iap.httpsResourceAccessor",
          member,
          condition: { title: `Only ${installation.resourcePrefix}`, expression },
          dependsOn: [...props.dependsOn],
        }),
    );
  }
}
