import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { get, type Stack } from "../dify/synthesize";
import { preparedPython } from "../services/prepared-python";
import type { Result } from "../services/processes";
import { path, tools } from "../services/require";

const TOKEN = "very-secret-token";

export interface Provisioner {
  readonly when?: string;
  readonly command: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** @param name of the `terraform_data` in the application's stack: `audit_logs_written` */
export function provisionerOf(stack: Stack, name: string): Provisioner {
  return get<Provisioner>(stack.resource.terraform_data?.[`app_${name}`] ?? {}, "provisioner.0.local-exec");
}

/** Runs a script as Terraform does: with the command and the texts of the stack. */
export async function runScript(
  { command, environment }: Provisioner,
  prefix: string,
  settings: object,
  address: string,
): Promise<Result> {
  const texts = Object.fromEntries(
    Object.entries(environment).map(([name, text]) => [name, text.replaceAll("$${", "${").replaceAll("%%{", "%{")]),
  );
  const result = await preparedPython(path(tools.python))(["-c", command], {
    env: {
      ...texts,
      PATH: process.env.PATH,
      [`${prefix}_SETTINGS`]: JSON.stringify(settings),
      [`${prefix}_TOKEN`]: TOKEN,
      [`${prefix}_API`]: address,
      [`${prefix}_PAUSE`]: "0.01",
    },
  });
  expect(`${result.stdout}${result.stderr}`).not.toContain(TOKEN);
  expect(result.stderr).not.toContain("Traceback");
  return result;
}

/** Answers of an API, by method and path; others are 404. Requests are noted. */
export async function answering(
  answers: Readonly<Record<string, unknown>>,
  use: (address: string, requests: readonly string[]) => Promise<void>,
): Promise<void> {
  const requests: string[] = [];
  const server = createServer((request, response) => {
    const asked = `${request.method ?? ""} ${request.url ?? ""}`;
    requests.push(asked);
    const answer = answers[asked];
    const [status, body] = typeof answer === "number" ? [answer, {}] : [answer === undefined ? 404 : 200, answer ?? {}];
    response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}
