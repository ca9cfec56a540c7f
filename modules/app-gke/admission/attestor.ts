import { BinaryAuthorizationAttestor } from "@cdktf/provider-google/lib/binary-authorization-attestor";
import { BinaryAuthorizationAttestorIamMember } from "@cdktf/provider-google/lib/binary-authorization-attestor-iam-member";
import { ContainerAnalysisNote } from "@cdktf/provider-google/lib/container-analysis-note";
import { ContainerAnalysisNoteIamMember } from "@cdktf/provider-google/lib/container-analysis-note-iam-member";
import { KmsCryptoKeyIamMember } from "@cdktf/provider-google/lib/kms-crypto-key-iam-member";
import { ProjectIamMember } from "@cdktf/provider-google/lib/project-iam-member";
import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { type Installation, prefixedName } from "../installation";
import { ServiceAgent } from "../google/service-agent";
import type { SigningKey } from "./signing-key";

export interface AttestorProps {
  readonly installation: Installation;
  readonly projectNumber: string;
  readonly key: SigningKey;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** Vouches for images: an attestor, the note that its attestations belong to, and the key that they are signed with. */
export class Attestor extends Construct {
  /** `projects/<project>/attestors/<name>`. */
  readonly attestorId: string;
  private readonly attestor: BinaryAuthorizationAttestor;
  private readonly note: ContainerAnalysisNote;
  private signers = 0;

  constructor(
    scope: Construct,
    id: string,
    private readonly props: AttestorProps,
  ) {
    super(scope, id);
    const { installation, key } = props;
    const name = prefixedName(installation, "attestor");
    this.note = new ContainerAnalysisNote(this, "note", {
      project: installation.projectId,
      name,
      shortDescription: `Images that ${installation.resourcePrefix} may run`,
      attestationAuthority: { hint: { humanReadableName: `Builds for ${installation.resourcePrefix}` } },
      dependsOn: [...props.dependsOn],
    });
    this.attestor = new BinaryAuthorizationAttestor(this, "attestor", {
      project: installation.projectId,
      name,
      description: `Images that ${installation.resourcePrefix} may run`,
      attestationAuthorityNote: {
        noteReference: this.note.name,
        publicKeys: [
          {
            id: key.publicKeyId,
            pkixPublicKey: { publicKeyPem: key.publicKey, signatureAlgorithm: "ECDSA_P256_SHA256" },
          },
        ],
      },
      dependsOn: [...props.dependsOn],
    });
    // Written out: the rule in the policy names it, so it has to be known at plan time.
    this.attestorId = `projects/${installation.projectId}/attestors/${name}`;

    // For the service that checks images at admission: without these two roles it would find no attestations. In most
    // projects its role on the whole project includes them, but that may have been removed.
    const agent = new ServiceAgent(this, "service-agent", {
      project: installation.projectId,
      projectNumber: props.projectNumber,
      service: "binaryauthorization",
      dependsOn: props.dependsOn,
    });
    this.grantNote("agent-reads-attestations", "roles/containeranalysis.notes.occurrences.viewer", agent.member);
    this.grantAttestor("agent-verifies", "roles/binaryauthorization.attestorsVerifier", agent.member);
  }

  /**
   * Lets an account attest images: sign with this key, and attach the attestation to this note.
   * @param member as in a policy: `serviceAccount:build@project.iam.gserviceaccount.com`
   * @returns what has to exist before it does
   */
  allowSigning(member: string): ITerraformDependable[] {
    this.signers += 1;
    const signer = this.signers === 1 ? "signer" : `signer-${this.signers}`;
    return [
      new KmsCryptoKeyIamMember(this, `${signer}-key`, {
        cryptoKeyId: this.props.key.keyId,
        role: "roles/cloudkms.signerVerifier",
        member,
      }),
      this.grantNote(`${signer}-note`, "roles/containeranalysis.notes.attacher", member),
      // A build first checks which images are attested already.
      this.grantNote(`${signer}-note-reads`, "roles/containeranalysis.notes.occurrences.viewer", member),
      this.grantAttestor(`${signer}-attestor`, "roles/binaryauthorization.attestorsViewer", member),
      // An attestation belongs to the project, and there is no narrower role for it. The note decides what it counts
      // for.
      new ProjectIamMember(this, `${signer}-occurrences`, {
        project: this.props.installation.projectId,
        role: "roles/containeranalysis.occurrences.editor",
        member,
      }),
    ];
  }

  private grantNote(id: string, role: string, member: string): ITerraformDependable {
    const { projectId } = this.props.installation;
    return new ContainerAnalysisNoteIamMember(this, id, { project: projectId, note: this.note.name, role, member });
  }

  private grantAttestor(id: string, role: string, member: string): ITerraformDependable {
    return new BinaryAuthorizationAttestorIamMember(this, id, {
      project: this.props.installation.projectId,
      attestor: this.attestor.name,
      role,
      member,
    });
  }
}
