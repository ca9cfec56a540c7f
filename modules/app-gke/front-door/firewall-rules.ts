import type { ComputeSecurityPolicyRule } from "@cdktf/provider-google/lib/compute-security-policy";
import type { FirewallSettings } from "./settings";

/** Google's preconfigured rule sets (OWASP Core Rule Set 3.3), with what each looks for. */
const RULE_SETS = [
  ["sqli-v33-stable", "SQL injection"],
  ["xss-v33-stable", "cross-site scripting"],
  ["lfi-v33-stable", "local file inclusion"],
  ["rce-v33-stable", "remote code execution"],
] as const;

/**
 * The least sensitive of the four levels: signatures that hardly ever match an honest request. The others are for
 * applications whose users do not write programs.
 */
const SENSITIVITY = 1;

/** Requests per minute from one address; further ones get a 429. */
const REQUESTS_PER_MINUTE = 500;

/** The most source ranges in a rule. */
const RANGES_PER_RULE = 10;
/** Priorities: the lowest number comes first, and the first rule that matches decides. */
const FIRST = { exempt: 100, attacks: 1000, rate: 2000, rest: 2_147_483_647 } as const;

/**
 * The rules in the order in which they apply. The rate limit comes after the attacks: it matches every request, and a
 * request within the limit is allowed at once.
 */
export function firewallRules(settings: FirewallSettings): ComputeSecurityPolicyRule[] {
  const { exemptRanges = [], preview = false } = settings;
  return [...exempt(exemptRanges), ...attacks(settings), rateLimit(preview), rest];
}

function exempt(ranges: readonly string[]): ComputeSecurityPolicyRule[] {
  const groups = Array.from({ length: Math.ceil(ranges.length / RANGES_PER_RULE) }, (_, index) =>
    ranges.slice(index * RANGES_PER_RULE, (index + 1) * RANGES_PER_RULE),
  );
  return groups.map((srcIpRanges, index) => ({
    action: "allow",
    priority: FIRST.exempt + index,
    description: "Administrators: nothing below applies",
    match: { versionedExpr: "SRC_IPS_V1", config: { srcIpRanges } },
  }));
}

function attacks({ freeTextPaths = [], preview = false }: FirewallSettings): ComputeSecurityPolicyRule[] {
  return RULE_SETS.map(([targetRuleSet, name], index) => ({
    action: "deny(403)",
    priority: FIRST.attacks + index * 100,
    description: `Refuses ${name}`,
    preview,
    match: {
      expr: {
        expression:
          (freeTextPaths.length > 0 ? `!${writesFreeText(freeTextPaths)} && ` : "") +
          `evaluatePreconfiguredWaf('${targetRuleSet}', {'sensitivity': ${SENSITIVITY}})`,
      },
    },
    preconfiguredWafConfig: {
      exclusion: [
        {
          targetRuleSet,
          // Signed, encoded text: nothing reads it as SQL or HTML, but it may look like either by chance.
          requestHeader: [{ operator: "EQUALS", value: "authorization" }],
          requestCookie: [{ operator: "CONTAINS", value: "token" }],
        },
      ],
    },
  }));
}

/** An expression: the request has a user's text in its body. */
function writesFreeText(paths: readonly string[]): string {
  const prefixes = paths.map((path) => path.replace(/[.*+?^${}()|[\]\\]/g, "\\\\$&")).join("|");
  return `(request.method.matches('^(POST|PUT|PATCH)$') && request.path.matches('^(${prefixes})'))`;
}

function rateLimit(preview: boolean): ComputeSecurityPolicyRule {
  return {
    action: "throttle",
    priority: FIRST.rate,
    description: `At most ${REQUESTS_PER_MINUTE} requests a minute from one address`,
    preview,
    match: { versionedExpr: "SRC_IPS_V1", config: { srcIpRanges: ["*"] } },
    rateLimitOptions: {
      conformAction: "allow",
      exceedAction: "deny(429)",
      enforceOnKey: "IP",
      rateLimitThreshold: { count: REQUESTS_PER_MINUTE, intervalSec: 60 },
    },
  };
}

const rest: ComputeSecurityPolicyRule = {
  action: "allow",
  priority: FIRST.rest,
  description: "Everything else",
  match: { versionedExpr: "SRC_IPS_V1", config: { srcIpRanges: ["*"] } },
};
