import { type Answer, type Asked, PlayedApi } from "../played-api";

/** A rule of a policy. */
export interface Rule {
  readonly evaluationMode: string;
  readonly enforcementMode: string;
  readonly requireAttestationsBy?: readonly string[];
}

/** A project's policy, as far as the tests read it. */
export interface Policy {
  readonly globalPolicyEvaluationMode?: string;
  readonly admissionWhitelistPatterns?: readonly { readonly namePattern: string }[];
  readonly clusterAdmissionRules?: Readonly<Record<string, Rule>>;
  readonly defaultAdmissionRule: Rule;
  readonly [more: string]: unknown;
}

/** What the stub answers instead of doing what it is asked. */
interface Refusal {
  readonly method: "GET" | "PUT";
  readonly status: number;
  readonly body?: unknown;
}

/** The policy's API, with an etag that it insists on. */
export class PolicyApi extends PlayedApi {
  policy: Policy;
  /** `PUT /v1/projects/demo-project/policy`, one entry a request. */
  readonly requests: string[] = [];
  readonly tokens = new Set<string | undefined>();
  /** Projects that requests counted for. */
  readonly quotaProjects = new Set<unknown>();
  /** Answers of the next requests of a method, one after the other. */
  readonly refusals: Refusal[] = [];
  /** Run after the next time that the policy has been read: somebody else's change. */
  afterRead?: () => void;
  private revision = 1;

  constructor(policy: Policy) {
    super();
    this.policy = policy;
  }

  /** Somebody else writes the policy. */
  replace(policy: Policy): void {
    this.policy = policy;
    this.revision += 1;
  }

  protected override answer({ method, path, headers, body }: Asked): Answer {
    this.requests.push(`${method} ${path}`);
    this.tokens.add(headers.authorization);
    this.quotaProjects.add(headers["x-goog-user-project"]);
    if (path.endsWith(":generateAccessToken")) return [200, { accessToken: "token-of-the-account" }];
    const index = this.refusals.findIndex((refusal) => refusal.method === method);
    const [refusal] = index < 0 ? [] : this.refusals.splice(index, 1);
    if (refusal) {
      return [refusal.status, refusal.body ?? { error: { code: refusal.status, message: "not now" } }];
    }
    if (method === "GET") {
      const answer: Answer = [200, { ...this.policy, etag: String(this.revision) }];
      const change = this.afterRead;
      this.afterRead = undefined;
      change?.();
      return answer;
    }
    const { etag, ...policy } = body as Policy;
    if (etag !== String(this.revision)) {
      return [409, { error: { code: 409, status: "ABORTED", message: "etag mismatch" } }];
    }
    this.replace(policy);
    return [200, { ...policy, etag: String(this.revision) }];
  }
}
