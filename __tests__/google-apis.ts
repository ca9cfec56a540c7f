import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** `GET /v1/projects/one`: what Google answers, by how often it was asked before; `undefined` is a 404. */
export type Answers = Readonly<Record<string, (asked: number) => unknown>>;

/** An error of a Google API, for an answer that is one. */
export class Refused {
  constructor(
    readonly code: number,
    readonly message: string,
    readonly details: readonly object[] = [],
  ) {}
}

export interface PlayedGoogle {
  /** Environment variables that lead the clients here, for every API. */
  readonly env: NodeJS.ProcessEnv;
  /** `GET /v1/projects/one`, in order. */
  readonly asked: readonly string[];
  readonly stop: () => Promise<void>;
}

/**
 * Google's APIs, as far as a test says what they answer. A path is decoded and has no query.
 * @param apart names of APIs, as in `GOOGLE_REDIS_CUSTOM_ENDPOINT`, with paths that others have too: `REDIS GET /v1/…`
 */
export async function playGoogle(answers: Answers, apart: readonly string[] = []): Promise<PlayedGoogle> {
  // The clients load their `fetch` by an `import()`, which the sandbox of a test does not have; a browser's they take.
  Object.assign(globalThis, { window: { fetch } });
  const asked: string[] = [];
  const play = async (prefix: string): Promise<{ readonly server: Server; readonly root: string }> => {
    const server = createServer((request, response) => {
      const path = `${prefix}${request.method} ${decodeURIComponent(request.url?.split("?")[0] ?? "")}`;
      const count = asked.filter((one) => one === path).length;
      asked.push(path);
      const answer = answers[path]?.(count) ?? new Refused(404, `Nothing is at ${path}.`);
      const refused = answer instanceof Refused ? answer : undefined;
      response.writeHead(refused?.code ?? 200, { "content-type": "application/json" });
      response.end(JSON.stringify(refused ? { error: refused } : answer));
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    return { server, root: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/` };
  };
  const all = await play("");
  const own = new Map(await Promise.all(apart.map(async (name) => [name, await play(`${name} `)] as const)));
  const env = new Proxy<NodeJS.ProcessEnv>(
    { GOOGLE_OAUTH_ACCESS_TOKEN: "played" },
    {
      get: (given, name: string) => {
        const [, api] = /^GOOGLE_(\w+)_CUSTOM_ENDPOINT$/.exec(name) ?? [];
        return api === undefined ? given[name] : (own.get(api) ?? all).root;
      },
    },
  );
  return {
    env,
    asked,
    stop: async () => {
      await Promise.all(
        [all, ...own.values()].map(
          ({ server }) =>
            new Promise<void>((resolve) => {
              server.closeAllConnections();
              server.close(() => {
                resolve();
              });
            }),
        ),
      );
    },
  };
}
