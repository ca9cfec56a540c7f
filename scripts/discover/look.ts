import { apiOf, isDisabled, statusOf } from "../google-apis/answers";
import type { Candidate, Kind } from "./kind";
import type { Reader } from "./reader";

/** What was seen of one kind. */
export interface Seen {
  readonly kind: Kind;
  /**
   * `seen`: all of them. `partly`: some locations did not answer. `not-enabled`: the project does not use the API, so nothing
   * of the kind can be used. `denied`: these credentials may not look, or not in this way. `failed`: Google did not answer.
   */
  readonly status: "seen" | "partly" | "not-enabled" | "denied" | "failed";
  readonly candidates: readonly Candidate[];
  /** What has to be said about the status, in sentences. @default - nothing */
  readonly why?: string;
  /** A command that helps. @default - none */
  readonly help?: string;
}

/** All at once: each waits for Google. */
export function look(kinds: readonly Kind[], reader: Reader): Promise<readonly Seen[]> {
  return Promise.all(
    kinds.map(async (kind) => {
      try {
        const candidates = [...(await kind.read(reader))].sort((a, b) => a.name.localeCompare(b.name));
        const gaps = reader.gaps(kind.id);
        return gaps.length === 0
          ? { kind, status: "seen" as const, candidates }
          : {
              kind,
              status: "partly" as const,
              candidates,
              why: `${gaps.join(", ")} did not answer, so there may be others. Run it again.`,
            };
      } catch (error) {
        return { kind, candidates: [], ...unread(error, kind, reader) };
      }
    }),
  );
}

function unread(error: unknown, kind: Kind, { where }: Reader): Pick<Seen, "status" | "why" | "help"> {
  const message = (error as Error).message.split("\n")[0] ?? "";
  const api = apiOf(error);
  const { project, quotaProject } = where;
  if (isDisabled(error) && quotaProject !== project) {
    const counted = quotaProject === "none" ? "the project of your credentials" : quotaProject;
    return {
      status: "denied",
      why: `The API ${api ?? "of it"} is not enabled in ${counted}, whose quota requests use, so there may be some in ${project}. Enable it there, or take quota_project out.`,
      ...(api && quotaProject !== "none" ? { help: `gcloud services enable ${api} --project=${quotaProject}` } : {}),
    };
  }
  if (isDisabled(error)) {
    return {
      status: "not-enabled",
      why: `the API ${api ?? "of it"} is not enabled in ${project}`,
      ...(api ? { help: `gcloud services enable ${api} --project=${project}` } : {}),
    };
  }
  const status = statusOf(error);
  if (status === 403 || status === 401) {
    return {
      status: "denied",
      why: `You lack a permission to list them: ${message} Ask for ${kind.role}, or name what you know of in the file.`,
    };
  }
  return {
    status: "failed",
    why: `Google did not answer: ${message} There may be some. Run it again.`,
  };
}

/** @returns whether something that is not listed may still exist */
export function isBlind({ status }: Seen): boolean {
  return status === "denied" || status === "failed" || status === "partly";
}
