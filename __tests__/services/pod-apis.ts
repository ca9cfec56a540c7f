import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Answer, type Asked, PlayedApi } from "../played-api";

/**
 * What a pod's scripts ask: the metadata server for a token, and Google's and Kubernetes' APIs with one. A request without the
 * token that belongs there is refused.
 */
export class PodApis extends PlayedApi {
  readonly requests: string[] = [];
  /** Objects of Cloud Storage, by `<bucket>/<name>`, each with its generation. */
  readonly objects = new Map<string, { readonly generation: string; readonly content: string | Buffer }>();
  /** Data of ConfigMaps, by name. */
  readonly configMaps: Record<string, Record<string, string>> = {};
  /** Answers what is not known here. */
  other?: (asked: Asked) => Answer | undefined;

  /** @returns the environment of a script that asks it */
  async start(directory: string): Promise<Record<string, string>> {
    const url = await this.listen();
    const account = join(directory, "account");
    mkdirSync(account, { recursive: true });
    writeFileSync(join(account, "namespace"), "dify");
    writeFileSync(join(account, "token"), "of-the-pod");
    return {
      METADATA_URL: `${url}/metadata`,
      STORAGE_API: url,
      SECRETS_API: url,
      KUBERNETES_API: url,
      SERVICE_ACCOUNT_DIRECTORY: account,
      API_PAUSE: "0",
    };
  }

  protected override answer(asked: Asked): Answer {
    const answer = this.answerTo(asked);
    this.requests.push(`${asked.method} ${asked.path} ${answer[0]}`);
    return answer;
  }

  private answerTo(asked: Asked): Answer {
    const { method, path, query, headers, body } = asked;
    if (path === "/metadata")
      return headers["metadata-flavor"] === "Google" ? [200, { access_token: "of-the-identity" }] : [403, "no"];
    const kubernetes = /^\/apis?\//.test(path);
    if (headers.authorization !== `Bearer ${kubernetes ? "of-the-pod" : "of-the-identity"}`) return [401, "no token"];
    const own = this.other?.(asked);
    if (own) return own;
    const object = /^\/storage\/v1\/b\/([^/]+)\/o\/(.+)$/.exec(path);
    if (object && method === "GET") {
      const found = this.objects.get(`${object[1] ?? ""}/${object[2] ?? ""}`);
      const wanted = query.get("generation");
      return found && (wanted === null || wanted === found.generation) ? [200, found.content] : [404, "Not Found"];
    }
    const map = /^\/api\/v1\/namespaces\/dify\/configmaps\/(.+)$/.exec(path)?.[1];
    if (map !== undefined && method === "PATCH" && headers["content-type"] === "application/merge-patch+json") {
      this.configMaps[map] = { ...this.configMaps[map], ...(body as { data: Record<string, string> }).data };
      return [200, { data: this.configMaps[map] }];
    }
    return [404, `nothing at ${method} ${path}`];
  }
}
