import type { ITerraformDependable } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import type { Installation } from "../installation";
import type { GoogleApi } from "../google/google-api";
import type { SharedServices } from "../google/shared-services";
import { resourcesOf } from "../terraform/dependencies";
import { Attestor } from "./attestor";
import { exemptImages, type PodImage } from "./exempt-images";
import { CLAIM, PolicyClaim } from "./policy-claim";
import { PolicyMemory } from "./policy-memory";
import { PolicyRule } from "./policy-rule";
import type { PolicySettings } from "./policy-script";
import type { BinaryAuthorizationSettings, EvaluationMode } from "./settings";
import { SigningKey } from "./signing-key";

export interface BinaryAuthorizationProps {
  readonly installation: Installation;
  readonly projectNumber: string;
  readonly cluster: SharedServices["cluster"];
  readonly settings: BinaryAuthorizationSettings;
  /** What this installation's pods run. */
  readonly images: readonly PodImage[];
  /** Whether builds or releases decide which images run, at times that Terraform does not see. */
  readonly imagesChangeElsewhere: boolean;
  /** This installation's own repository: `<region>-docker.pkg.dev/<project>/<repository>`. @default - it has none */
  readonly repository?: string;
  readonly enabled: (...names: GoogleApi[]) => ITerraformDependable[];
}

/**
 * Binary Authorization: which images may start in the cluster. Key, note and attestor exist in every mode, so that
 * images can be attested before the rule requires it, and a change of the mode changes only the rule.
 *
 * The cluster has to enforce the policy as well: `Foundation` turns that on for a cluster that it creates, and a plan
 * is refused if an existing one does not.
 */
export class BinaryAuthorization extends Construct {
  readonly mode: EvaluationMode;
  /** `projects/<project>/attestors/<name>`. */
  readonly attestorId: string;
  /** Version of the key that signs: `projects/…/cryptoKeyVersions/<number>`. */
  readonly keyVersion: string;
  /** The image references that the pods have, in every mode: these images may need attestations. */
  readonly images: readonly string[];
  /** Image references that may start without an attestation; empty with `ALWAYS_ALLOW`, which requires none. */
  readonly exemptImages: readonly string[];
  /** What has to exist before a pod starts. */
  readonly ready: IConstruct;
  private readonly attestor: Attestor;
  /** What the last complete apply wrote into the policy; `PolicyRecord` updates it for the next one. */
  readonly memory: PolicyMemory;

  constructor(scope: Construct, id: string, props: BinaryAuthorizationProps) {
    super(scope, id);
    const { cluster, installation, settings, enabled } = props;
    const apis = enabled("binaryauthorization.googleapis.com", "containeranalysis.googleapis.com");
    const key = new SigningKey(this, "key", { installation, dependsOn: enabled("cloudkms.googleapis.com") });
    this.attestor = new Attestor(this, "attestor", {
      installation,
      projectNumber: props.projectNumber,
      key,
      dependsOn: apis,
    });
    this.mode = settings.mode;
    this.attestorId = this.attestor.attestorId;
    this.keyVersion = key.version;
    this.images = props.images.map(({ reference }) => reference).sort();
    this.exemptImages = exemptImages(settings.mode, props.images);
    const policy: PolicySettings = {
      project: installation.projectId,
      cluster: `${cluster.location}.${cluster.name}`,
      mode: settings.mode,
      attestor: this.attestorId,
      exempt: this.exemptImages,
      repository: props.repository ?? "",
      impersonate: settings.impersonateServiceAccount ?? "",
    };
    this.memory = new PolicyMemory(this, "policy", {
      installation,
      settings: policy,
      keepExemptions: props.imagesChangeElsewhere,
      dependsOn: enabled("secretmanager.googleapis.com"),
    });
    const claim = new PolicyClaim(this, CLAIM, {
      settings: { ...policy, exempt: this.memory.exempt },
      clusterStays: !cluster.create,
      dependsOn: resourcesOf(this.attestor),
    });
    this.ready = new PolicyRule(this, "rule", {
      settings: policy,
      previous: this.memory.previous,
      dependsOn: [claim.resource],
    });
  }

  /**
   * Lets an account attest images, with roles on this key, note and attestor only.
   * @param member as in a policy: `serviceAccount:build@project.iam.gserviceaccount.com`
   * @returns what has to exist before it does
   */
  allowSigning(member: string): ITerraformDependable[] {
    return this.attestor.allowSigning(member);
  }
}
