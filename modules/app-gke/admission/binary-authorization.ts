import type { ITerraformDependable } from "cdktf";
import { Construct, type IConstruct } from "constructs";
import type { Installation } from "../installation";
import type { GoogleApi } from "../google/google-api";
import type { SharedServices } from "../google/shared-services";
import { resourcesOf } from "../terraform/dependencies";
import { Attestor } from "./attestor";
import { exemptImages } from "./exempt-images";
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
  /** References of the images that this installation's pods run, as they stand in the pods. */
  readonly images: readonly string[];
  /** Builds or releases say which images run, and Terraform does not see when. */
  readonly imagesChangeElsewhere: boolean;
  /** This installation's own repository: `<region>-docker.pkg.dev/<project>/<repository>`. @default - it has none */
  readonly repository?: string;
  readonly enabled: (...names: GoogleApi[]) => ITerraformDependable[];
}

/**
 * Binary Authorization: which images may start in the cluster. Key, note and attestor are there in every mode, so that
 * images can be attested before the rule asks for it, and a change of the mode changes the rule alone.
 *
 * The cluster has to look at the policy as well: `Foundation` turns that on for a cluster of its own, and a plan is
 * refused where an existing one does not.
 */
export class BinaryAuthorization extends Construct {
  readonly mode: EvaluationMode;
  /** `projects/<project>/attestors/<name>`. */
  readonly attestorId: string;
  /** `projects/…/cryptoKeyVersions/<number>`: what signs. */
  readonly keyVersion: string;
  /** References of the images that the pods run, whatever the mode: what an attestation may be needed for. */
  readonly images: readonly string[];
  /** Image references that start without an attestation: empty with `ALWAYS_ALLOW`, which asks for none. */
  readonly exemptImages: readonly string[];
  /** What has to be there before a pod starts. */
  readonly ready: IConstruct;
  private readonly attestor: Attestor;
  /** What the last complete apply wrote into the policy; `PolicyRecord` makes the next one know this one. */
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
    this.images = [...props.images].sort();
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
   * Lets an account attest images, with roles on just this key, note and attestor.
   * @param member as in a policy: `serviceAccount:build@project.iam.gserviceaccount.com`
   * @returns what has to be there before it does
   */
  allowSigning(member: string): ITerraformDependable[] {
    return this.attestor.allowSigning(member);
  }
}
