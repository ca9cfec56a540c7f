import type { ITerraformDependable } from "cdktf";
import { Construct } from "constructs";
import { CertificateManagerCertificate } from "@cdktf/provider-google/lib/certificate-manager-certificate";
import { CertificateManagerCertificateMap } from "@cdktf/provider-google/lib/certificate-manager-certificate-map";
import { CertificateManagerCertificateMapEntry } from "@cdktf/provider-google/lib/certificate-manager-certificate-map-entry";
import { CertificateManagerDnsAuthorization } from "@cdktf/provider-google/lib/certificate-manager-dns-authorization";
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
    return new CertificateManagerCertificateMapEntry(this, `${id}-entry`, {
      ...common,
      map: map.name,
      hostname: domain,
      certificates: [certificate.id],
    });
  }

  private named(what: string): string {
    return prefixedName(this.props.installation, what);
  }
}
