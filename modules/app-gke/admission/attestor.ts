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

/**
 * Who vouches for images: an attestor, the note that its attestations hang on, and the key that they are signed with.
 */
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
    // Written out: the rule in the policy names it, and has to be known while Terraform plans.
    this.attestorId = `projects/${installation.projectId}/attestors/${name}`;

    // Whoever checks images at admission: without these two it would find no attestation at all. In most projects its
    // role in the whole project says the same; it may have been taken away there.
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
   * Lets an account attest images: sign with this key, and hang the attestation on this note.
   * @param member as in a policy: `serviceAccount:build@project.iam.gserviceaccount.com`
   * @returns what has to be there before it does
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
      // A build first looks which images are attested already.
      this.grantNote(`${signer}-note-reads`, "roles/containeranalysis.notes.occurrences.viewer", member),
      this.grantAttestor(`${signer}-attestor`, "roles/binaryauthorization.attestorsViewer", member),
      // An attestation belongs to the project, and its roles know nothing smaller. The note decides what it counts for.
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
