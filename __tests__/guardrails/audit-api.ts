import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

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
export class AuditApi {
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
  private readonly server: Server;
  private revision = 1;

  constructor() {
    this.server = createServer((request, response) => void this.answer(request, response));
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => this.server.close(resolve));
  }

  /** Somebody else writes the configuration. */
  replace(auditConfigs: readonly AuditConfig[]): void {
    this.auditConfigs = auditConfigs;
    this.revision += 1;
  }

  /** Terraform deletes a secret. */
  forget(gone: string): void {
    this.notes = Object.fromEntries(Object.entries(this.notes).filter(([id]) => id !== gone));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = chunks.length > 0 ? (JSON.parse(Buffer.concat(chunks).toString()) as unknown) : undefined;
    const [path = "", query = ""] = (request.url ?? "").split("?");
    this.requests.push(`${request.method ?? ""} ${path}`);
    const [status, answer] = this.answerTo(request.method ?? "", path, query, body);
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(answer));
    if (!path.endsWith(":getIamPolicy")) return;
    const change = this.afterRead;
    this.afterRead = undefined;
    change?.();
  }

  private answerTo(method: string, path: string, query: string, body: unknown): [number, unknown] {
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

  private setPolicy({ policy, updateMask }: Written): [number, unknown] {
    this.masks.push(updateMask);
    if (policy.etag !== String(this.revision)) return refused(409);
    this.replace(policy.auditConfigs ?? []);
    return [200, this.policy()];
  }

  /** Two to a page. */
  private list(query: string): object {
    const given = new URLSearchParams(query);
    const [, part = ""] = (given.get("filter") ?? "").split(":");
    const ids = Object.keys(this.notes).filter((id) => id.includes(part));
    const start = Number(given.get("pageToken") ?? "");
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

function refused(status: number): [number, unknown] {
  return [status, { error: { code: status, message: "not so" } }];
}
