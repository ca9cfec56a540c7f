import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

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
export class PolicyApi {
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
  private readonly server: Server;
  private revision = 1;

  constructor(policy: Policy) {
    this.policy = policy;
    this.server = createServer((request, response) => {
      void this.answer(request, response);
    });
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Somebody else writes the policy. */
  replace(policy: Policy): void {
    this.policy = policy;
    this.revision += 1;
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString();
    const send = (status: number, body: unknown): void => {
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    };
    this.requests.push(`${request.method ?? ""} ${request.url ?? ""}`);
    this.tokens.add(request.headers.authorization);
    this.quotaProjects.add(request.headers["x-goog-user-project"]);
    if (request.url?.endsWith(":generateAccessToken")) {
      send(200, { accessToken: "token-of-the-account" });
      return;
    }
    const index = this.refusals.findIndex(({ method }) => method === request.method);
    const [refusal] = index < 0 ? [] : this.refusals.splice(index, 1);
    if (refusal) {
      send(refusal.status, refusal.body ?? { error: { code: refusal.status, message: "not now" } });
    } else if (request.method === "GET") {
      send(200, { ...this.policy, etag: String(this.revision) });
      const change = this.afterRead;
      this.afterRead = undefined;
      change?.();
    } else {
      const { etag, ...policy } = JSON.parse(text) as Policy;
      if (etag !== String(this.revision)) {
        send(409, { error: { code: 409, status: "ABORTED", message: "etag mismatch" } });
        return;
      }
      this.replace(policy);
      send(200, { ...policy, etag: String(this.revision) });
    }
  }
}
