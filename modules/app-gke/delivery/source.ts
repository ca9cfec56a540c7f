import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { Cloudbuildv2Connection } from "@cdktf/provider-google/lib/cloudbuildv2-connection";
import { Cloudbuildv2Repository } from "@cdktf/provider-google/lib/cloudbuildv2-repository";
import { SecretManagerSecretIamMember } from "@cdktf/provider-google/lib/secret-manager-secret-iam-member";
import { type Installation, limitName } from "../installation";
import { Secrets } from "../platform/secrets";
import { resourcesOf } from "../terraform/dependencies";
import { notEmpty } from "../terraform/expression";
import { Propagation } from "../terraform/propagation";
import { ServiceAgent } from "../google/service-agent";
import type { SourceSettings } from "./settings";

export interface SourceProps {
  readonly installation: Installation;
  readonly projectNumber: string;
  readonly settings: SourceSettings;
  readonly dependsOn: readonly ITerraformDependable[];
}

const TOKEN = "github-token";

/** The repository on GitHub, through a second-generation connection. */
export class Source extends Construct {
  /** `projects/…/connections/…/repositories/…`. */
  readonly repository: string;
  readonly owner: string;
  readonly name: string;

  constructor(scope: Construct, id: string, props: SourceProps) {
    super(scope, id);
    const { installation, settings, dependsOn } = props;
    const { projectId, region, resourcePrefix } = installation;
    [this.owner, this.name] = gitHubRepository(settings.url);
    const secrets = new Secrets(this, "secrets", {
      installation,
      projectNumber: props.projectNumber,
      definitions: [
        { name: TOKEN, source: { type: "variable", variable: "github_token", revision: settings.tokenRevision } },
      ],
      rotationPeriod: "",
      dependsOn,
    });
    const token = secrets.get(TOKEN);
    const agent = new ServiceAgent(this, "service-agent", {
      project: projectId,
      projectNumber: props.projectNumber,
      service: "cloudbuild",
      dependsOn,
    });
    // Cloud Build itself reads the token, and only this secret.
    const reader = new SecretManagerSecretIamMember(this, "token-reader", {
      project: projectId,
      secretId: token.secretId,
      role: "roles/secretmanager.secretAccessor",
      member: agent.member,
      // The secret's name is known before the secret exists.
      dependsOn: resourcesOf(secrets),
    });
    const known = new Propagation(this, "token-reader-known", { after: [reader], seconds: 30 });
    const connection = new Cloudbuildv2Connection(this, "connection", {
      project: projectId,
      location: region,
      name: resourcePrefix,
      githubConfig: {
        appInstallationId: Number(settings.appInstallationId),
        authorizerCredential: {
          oauthTokenSecretVersion: `projects/${projectId}/secrets/${token.secretId}/versions/${token.version}`,
        },
      },
      dependsOn: [...dependsOn, known.resource],
      lifecycle: {
        precondition: [
          notEmpty(
            token.value,
            "enable_cicd_trigger is true and the GitHub token is empty: Cloud Build could not read the repository. Pass " +
              "TF_VAR_github_token once, with secret_revisions = { github_token = 2 } (or the next number) in the " +
              "variable file where an earlier apply was without it.",
          ),
        ],
      },
    });
    this.repository = new Cloudbuildv2Repository(this, "repository", {
      project: projectId,
      location: region,
      name: limitName(`${this.owner}-${this.name}`, 63),
      parentConnection: connection.name,
      remoteUri: `https://github.com/${this.owner}/${this.name}.git`,
    }).id;
  }
}

/** @returns owner and name of `https://github.com/owner/name` */
export function gitHubRepository(url: string): [owner: string, name: string] {
  const [owner = "", name = ""] = url
    .replace(/\.git$/, "")
    .split("/")
    .slice(-2);
  return [owner, name];
}
