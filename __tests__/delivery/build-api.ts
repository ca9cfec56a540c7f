import { type Answer, type Asked, PlayedApi } from "../played-api";

export interface PlayedBuild {
  readonly id: string;
  status: string;
  readonly tags: readonly string[];
  readonly createTime: string;
  readonly steps: readonly { readonly id: string; readonly status?: string; readonly script?: string }[];
  readonly [field: string]: unknown;
}

/** What the script asks of Cloud Build and Artifact Registry. */
export class BuildApi extends PlayedApi {
  readonly builds: PlayedBuild[] = [];
  /** Tags that were pushed. */
  readonly pushed = new Set<string>();
  /** What the next builds end with. */
  ends: Readonly<Record<string, unknown>> = { status: "SUCCESS" };
  /** Statuses of the next answers to what is submitted. */
  readonly refusals: number[] = [];

  protected override answer({ method, path, query, body }: Asked): Answer {
    const name = path.split("/").at(-1) ?? "";
    if (path.includes("/repositories/")) {
      const [, image] = /\/repositories\/(.+)\/tags\//.exec(path) ?? [];
      return this.pushed.has(`${image}:${name}`) ? [200, {}] : [404, { error: { message: "not there" } }];
    }
    if (method === "POST") {
      const refusal = this.refusals.shift();
      if (refusal !== undefined) return [refusal, { error: { message: "refused" } }];
      const asked = body as Pick<PlayedBuild, "tags" | "steps">;
      const build = { ...asked, ...this.times(), status: "QUEUED" };
      this.builds.push(build);
      return [200, { name: "operations/1", metadata: { build } }];
    }
    if (name === "builds") {
      const [, tag = ""] = /^tags="(.+)"$/.exec(query.get("filter") ?? "") ?? [];
      return [200, { builds: this.builds.filter(({ tags }) => tags.includes(tag)) }];
    }
    const build = this.builds.find(({ id }) => id === name);
    if (!build) return [404, { error: { message: "no such build" } }];
    if (build.status === "QUEUED") build.status = "WORKING";
    else if (build.status === "WORKING") this.end(build);
    return [200, build];
  }

  private times() {
    const number = this.builds.length + 1;
    const logUrl = `https://console.cloud.google.com/cloud-build/builds/${number}`;
    return { id: `build-${number}`, createTime: `2026-01-01T00:00:0${number}Z`, logUrl };
  }

  private end(build: PlayedBuild): void {
    Object.assign(build, this.ends);
    if (build.status === "SUCCESS") this.pushed.add("built/packages/dify:0123");
  }
}
