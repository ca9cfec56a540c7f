import type { FrontDoorSettings, GatewaySettings } from "../app-gke/front-door/settings";
import { fingerprintedPaths, freeTextPaths } from "../dify-common";
import type { Variables } from "./variables";

/** What needs a gateway. */
export const GATEWAY = ["enable_custom_domain", "enable_cloud_armor", "enable_iap", "enable_cdn"] as const;

type Switches = Pick<Variables, (typeof GATEWAY)[number]>;

/** Whether a gateway is in front. */
export function hasGateway(v: Switches): boolean {
  return GATEWAY.some((name) => v[name]);
}

/** Whether the cluster has to have the Gateway API. With a cache, Terraform makes the load balancer itself. */
export function needsGatewayApi(v: Switches): boolean {
  return hasGateway(v) && !v.enable_cdn;
}

/** The front door from the documented variables. */
export function frontDoor(v: Variables): FrontDoorSettings {
  return {
    serviceType: v.service_type,
    servicePort: v.service_port,
    reserveStaticIp: v.reserve_static_ip,
    staticIpName: v.static_ip_name || undefined,
    sessionAffinity: v.session_affinity,
    annotations: v.service_annotations,
    labels: v.service_labels,
    extraPorts: v.extra_service_ports.map((port) => ({
      name: port.name,
      port: port.port,
      targetPort: port.target_port ?? port.port,
    })),
    sourceRanges: v.load_balancer_source_ranges,
    externalTrafficPolicy: v.external_traffic_policy ?? undefined,
    publicUrls: v.public_urls,
    ownProxies: { ranges: v.trusted_proxy_ranges, namespaces: v.trusted_proxy_namespaces },
    gateway: hasGateway(v) ? gateway(v) : undefined,
  };
}

function gateway(v: Variables): GatewaySettings {
  return {
    domains: v.enable_custom_domain ? v.application_domains : [],
    firewall: v.enable_cloud_armor
      ? {
          policyName: v.cloud_armor_policy_name,
          create: v.create_cloud_armor_policy,
          preview: v.cloud_armor_preview,
          exemptRanges: v.admin_ip_ranges,
          freeTextPaths,
        }
      : undefined,
    signIn: v.enable_iap
      ? {
          members: [
            ...v.iap_authorized_users.map(userMember),
            ...v.iap_authorized_groups.map((group) => (group.startsWith("group:") ? group : `group:${group}`)),
          ],
          exemptPaths: v.iap_exempt_paths,
          secretRevision: v.secret_revisions.iap_oauth_client_secret,
        }
      : undefined,
    log: { requests: v.gateway_log, sampleRate: v.gateway_log_sample_rate },
    cachedPaths: v.enable_cdn ? fingerprintedPaths : [],
  };
}

/** `a@example.com` as IAM names it: a service account if its address ends like one, otherwise a person. */
function userMember(user: string): string {
  if (/^(user|serviceAccount):/.test(user)) return user;
  return `${user.endsWith(".gserviceaccount.com") ? "serviceAccount" : "user"}:${user}`;
}
