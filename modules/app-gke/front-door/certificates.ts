import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { CertificateManagerCertificate } from "@cdktf/provider-google/lib/certificate-manager-certificate";
import { CertificateManagerCertificateMap } from "@cdktf/provider-google/lib/certificate-manager-certificate-map";
import { CertificateManagerCertificateMapEntry } from "@cdktf/provider-google/lib/certificate-manager-certificate-map-entry";
import { CertificateManagerDnsAuthorization } from "@cdktf/provider-google/lib/certificate-manager-dns-authorization";
import { CheckBlock } from "../terraform/check-block";
import { addressOf } from "../terraform/removed";
import { type Installation, hash, prefixedName } from "../installation";

export interface CertificatesProps {
  readonly installation: Installation;
  /** Your own domains. */
  readonly domains: readonly string[];
  /** Used if there are no domains: a name that leads to the load balancer without a DNS record of yours. */
  readonly fallback: string;
  readonly dependsOn: readonly ITerraformDependable[];
}

/** A record to create at the domain's DNS provider. */
export interface DnsRecord {
  readonly name: string;
  readonly type: string;
  readonly data: string;
}

/**
 * Google-managed certificates in a certificate map: one for each domain, so that adding or removing a domain touches no
 * other.
 *
 * Your own domain is proved by a DNS record, so its certificate can be ready before traffic moves there. The fallback
 * is nobody's domain: it is proved by the load balancer answering at its address, once that is up.
 */
export class Certificates extends Construct {
  /** Name of the certificate map, for the Gateway's annotation. */
  readonly mapName: string;
  readonly records: readonly DnsRecord[];
  readonly ready: readonly ITerraformDependable[];

  constructor(
    scope: Construct,
    id: string,
    private readonly props: CertificatesProps,
  ) {
    super(scope, id);
    const { installation, domains } = props;
    const map = new CertificateManagerCertificateMap(this, "map", {
      project: installation.projectId,
      name: this.named(""),
      dependsOn: [...props.dependsOn],
    });
    this.mapName = this.named("");
    const own = domains.map((domain) => this.own(domain, map));
    this.records = own.map(({ record }) => record);
    this.ready = own.length > 0 ? own.map(({ entry }) => entry) : [this.entry("nip-io", props.fallback, map)];
  }

  private own(domain: string, map: CertificateManagerCertificateMap) {
    const { projectId } = this.props.installation;
    // `a.b.com` and `a-b.com` are two domains.
    const id = `${domain.replaceAll(".", "-")}-${hash(domain).slice(0, 4)}`;
    const authorization = new CertificateManagerDnsAuthorization(this, `${id}-authorization`, {
      project: projectId,
      name: this.named(id),
      domain,
      dependsOn: [...this.props.dependsOn],
    });
    const record = authorization.dnsResourceRecord.get(0);
    return {
      entry: this.entry(id, domain, map, authorization.id),
      record: { name: record.name, type: record.type, data: record.data },
    };
  }

  private entry(id: string, domain: string, map: CertificateManagerCertificateMap, authorization?: string) {
    const { installation } = this.props;
    const common = { project: installation.projectId, name: this.named(id) };
    const certificate = new CertificateManagerCertificate(this, `${id}-certificate`, {
      ...common,
      managed: { domains: [domain], dnsAuthorizations: authorization === undefined ? undefined : [authorization] },
      dependsOn: [...this.props.dependsOn],
    });
    const entry = new CertificateManagerCertificateMapEntry(this, `${id}-entry`, {
      ...common,
      map: map.name,
      hostname: domain,
      certificates: [certificate.id],
    });
    this.tellFailure(id, domain, certificate, entry);
    return entry;
  }

  /**
   * Warns at plan and apply of a certificate that has failed, with Google's reason; one that is still being issued has not.
   * @see https://cloud.google.com/certificate-manager/docs/reference/certificate-manager/rest/v1/projects.locations.certificates#managedcertificate
   */
  private tellFailure(
    id: string,
    domain: string,
    certificate: CertificateManagerCertificate,
    entry: CertificateManagerCertificateMapEntry,
  ): void {
    const managed = `try(${addressOf(certificate)}.managed[0], {})`;
    const attempts = `try(${managed}.authorization_attempt_info, [])`;
    const failed = `[for a in ${attempts} : join(" ", compact([a.failure_reason, a.details])) if a.state == "FAILED"]`;
    const issues = `[for i in try(${managed}.provisioning_issue, []) : join(" ", compact([i.reason, i.details]))]`;
    new CheckBlock(this, `${id}-active`, {
      condition: `length(${failed}) == 0 && try(${managed}.state, "") != "FAILED"`,
      message:
        `The certificate ${this.named(id)} for ${domain} is not active, and Google's last attempt failed ` +
        `(\${join("; ", concat(${failed}, ${issues}))}): browsers get no certificate for this domain, or the previous one ends ` +
        `without a successor. Let its DNS record lead to this address and its DNS authorization resolve (output dns_records), and ` +
        `its CAA records allow pki.goog. Google tries again on its own; one that gave up is made again by ` +
        `terraform apply -replace='${addressOf(certificate)}' -replace='${addressOf(entry)}'.`,
    });
  }

  private named(what: string): string {
    return prefixedName(this.props.installation, what);
  }
}
