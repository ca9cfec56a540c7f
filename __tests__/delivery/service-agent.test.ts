import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Playground } from "./stub";

const SETTINGS = { SERVICE: "secretmanager", PROJECT: "demo-project", TOKEN: "the-token" };
const MAKE =
  "https://serviceusage.googleapis.com/v1beta1/projects/demo-project/services/secretmanager.googleapis.com:generateServiceIdentity";
const ASK = "https://serviceusage.googleapis.com/v1/operations/acat.p2-1";
const running = '{\n  "name": "operations/acat.p2-1"\n}';
const ended =
  '{ "name": "operations/acat.p2-1", "done": true, "response": { "email": "service-1@gcp-sa-secretmanager" } }';

let playground: Playground;

beforeEach(() => {
  playground = new Playground("../google/service-agent.sh", SETTINGS)
    .answer(`curl *${MAKE}`, { stdout: running, run: 'cat >"$stub/stdin"' })
    .sleepWritten();
});

afterEach(() => {
  playground.remove();
});

const sent = (): string => readFileSync(join(playground.directory, "bin/stdin"), "utf8");
const urls = (calls: readonly string[]): string[] =>
  calls.map((call) => (call.startsWith("curl ") ? call.slice(call.lastIndexOf(" ") + 1) : call));

test("waits until Google has made the account, and then until it is known everywhere", async () => {
  playground.answer(`curl *${ASK}`, ended).answer(`curl *${ASK}`, { stdout: running, times: 2 });
  const { code, stderr, calls } = await playground.run();
  expect([code, stderr]).toEqual([0, ""]);
  expect(urls(calls)).toEqual([MAKE, "sleep 2", ASK, "sleep 2", ASK, "sleep 2", ASK, "sleep 10"]);
});

test("does not wait for what is there", async () => {
  playground.answer(`curl *${MAKE}`, '{"name":"operations/finished.DONE_OPERATION","done":true,"response":{}}');
  const { code, calls } = await playground.run();
  expect(code).toBe(0);
  expect(urls(calls)).toEqual([MAKE]);
});

test("keeps the token from the command line", async () => {
  playground.answer(`curl *${ASK}`, ended);
  const { calls } = await playground.run();
  expect(calls.join("\n")).not.toContain("the-token");
  expect(sent()).toBe('header = "Authorization: Bearer the-token"\n');
});

test("counts for the project that is named", async () => {
  playground.answer(`curl *${ASK}`, ended);
  await playground.run({ QUOTA_PROJECT: "paying-project" });
  expect(sent()).toContain('header = "x-goog-user-project: paying-project"\n');
});

test.each([
  ["the request is refused", { stderr: "curl: (22) 403\n", code: 22 }, ""],
  ["the operation ends with an error", '{"name":"operations/x","done":true,"error":{"code":7}}', '"code":7'],
  ["the answer is no operation", '{"message":"what?"}', "no operation"],
])("fails where %s", async (_, answer, said) => {
  playground.answer(`curl *${MAKE}`, answer);
  const { code, stderr } = await playground.run();
  expect(code).not.toBe(0);
  expect(stderr).toContain(said);
});

test("gives up after two minutes", async () => {
  playground.answer(`curl *${ASK}`, running);
  const { code, stderr } = await playground.run();
  expect(code).toBe(1);
  expect(stderr).toContain("secretmanager: the account does not exist after two minutes");
});
