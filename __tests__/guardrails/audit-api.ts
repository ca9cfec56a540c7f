import { type Answer, type Asked, PlayedApi } from "../played-api";

export interface AuditConfig {
  readonly service: string;
  readonly auditLogConfigs: readonly { readonly logType: string; readonly exemptedMembers?: readonly string[] }[];
}

export type Notes = Record<string, Readonly<Record<string, string>>>;

interface Written {
  readonly policy: { readonly auditConfigs?: readonly AuditConfig[]; readonly etag?: string };
  readonly updateMask?: string;
}

/** What the script asks: a project's policy, and secrets. Both insist on their etags. */
export class AuditApi extends PlayedApi {
  auditConfigs: readonly AuditConfig[] = [];
  /** Roles, which nobody may write. */
  readonly bindings = [{ role: "roles/owner", members: ["user:owner@example.com"] }];
  /** Annotations, by the secret's id. */
  notes: Notes = {};
  readonly requests: string[] = [];
  readonly masks: (string | undefined)[] = [];
  /** Statuses of the next answers to a method of the policy. */
  readonly refusals: { readonly method: "getIamPolicy" | "setIamPolicy"; readonly status: number }[] = [];
  /** Run after the next time that the policy has been read: somebody else's change. */
  afterRead?: () => void;
  private revision = 1;

  /** Somebody else writes the configuration. */
  replace(auditConfigs: readonly AuditConfig[]): void {
    this.auditConfigs = auditConfigs;
    this.revision += 1;
  }

  /** Terraform deletes a secret. */
  forget(gone: string): void {
    this.notes = Object.fromEntries(Object.entries(this.notes).filter(([id]) => id !== gone));
  }

  protected override answer({ method, path, query, body }: Asked): Answer {
    this.requests.push(`${method} ${path}`);
    const answer = this.answerTo(method, path, query, body);
    if (path.endsWith(":getIamPolicy")) {
      const change = this.afterRead;
      this.afterRead = undefined;
      change?.();
    }
    return answer;
  }

  private answerTo(method: string, path: string, query: URLSearchParams, body: unknown): Answer {
    const [, call = ""] = path.split(":");
    const refusal = this.refusals.findIndex((one) => one.method === call);
    if (refusal >= 0) return refused(this.refusals.splice(refusal, 1)[0]?.status ?? 500);
    if (call === "getIamPolicy") return [200, this.policy()];
    if (call === "setIamPolicy") return this.setPolicy(body as Written);
    const id = path.split("/secrets/")[1];
    if (id === undefined) return [200, this.list(query)];
    if (!(id in this.notes)) return refused(404);
    if (method === "PATCH") {
      const { annotations, etag } = body as { annotations: Record<string, string>; etag: string };
      if (etag !== this.noteEtag(id)) return refused(409);
      this.notes[id] = annotations;
    }
    return [200, this.note(id)];
  }

  private policy(): object {
    return { version: 1, bindings: this.bindings, auditConfigs: this.auditConfigs, etag: String(this.revision) };
  }

  private setPolicy({ policy, updateMask }: Written): Answer {
    this.masks.push(updateMask);
    if (policy.etag !== String(this.revision)) return refused(409);
    this.replace(policy.auditConfigs ?? []);
    return [200, this.policy()];
  }

  /** Two to a page. */
  private list(query: URLSearchParams): object {
    const [, part = ""] = (query.get("filter") ?? "").split(":");
    const ids = Object.keys(this.notes).filter((id) => id.includes(part));
    const start = Number(query.get("pageToken") ?? "");
    return {
      secrets: ids.slice(start, start + 2).map((id) => this.note(id)),
      ...(start + 2 < ids.length ? { nextPageToken: String(start + 2) } : {}),
    };
  }

  private note(id: string): object {
    return { name: `projects/42/secrets/${id}`, annotations: this.notes[id], etag: this.noteEtag(id) };
  }

  private noteEtag(id: string): string {
    return JSON.stringify(this.notes[id]);
  }
}

function refused(status: number): Answer {
  return [status, { error: { code: status, message: "not so" } }];
}
