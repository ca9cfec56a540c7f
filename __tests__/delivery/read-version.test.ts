import { digest, Playground, starting } from "./stub";

const MIRROR = "us-central1-docker.pkg.dev/demo-project/mirror";
const API = `${MIRROR}/langgenius/dify-api`;
const WEB = `${MIRROR}/langgenius/dify-web`;

let playground: Playground;

beforeEach(() => {
  playground = new Playground("read-version.sh", {
    VERSION_FILE: "deploy/version",
    IMAGES: `${API}=${API}:@VERSION@\n${WEB}=${WEB}:@VERSION@\n`,
  })
    .file("deploy/version", "1.16.1\n")
    .answer("docker manifest inspect *", '{"schemaVersion": 2}')
    .answer("docker pull *")
    .answer("docker inspect *dify-api*", `${API}@${digest("a")}\n`)
    .answer("docker inspect *dify-web*", `${MIRROR}/other@${digest("c")}\n${WEB}@${digest("b")}\n`);
});

afterEach(() => {
  playground.remove();
});

test("checks every image before it fetches one, and notes their digests", async () => {
  const { code, stdout, stderr, calls } = await playground.run();
  expect([code, stderr]).toEqual([0, ""]);
  expect(stdout).toContain("version 1.16.1\n");
  expect(calls.map((call) => call.replace(/--format \{\{.*\}\} /, ""))).toEqual([
    `docker manifest inspect ${API}:1.16.1`,
    `docker manifest inspect ${WEB}:1.16.1`,
    `docker pull --quiet ${API}:1.16.1`,
    `docker inspect ${API}:1.16.1`,
    `docker pull --quiet ${WEB}:1.16.1`,
    `docker inspect ${WEB}:1.16.1`,
  ]);
  expect(playground.images).toEqual({ [API]: `${API}@${digest("a")}`, [WEB]: `${WEB}@${digest("b")}` });
});

test("pods of another stage pull from their own mirror what was looked up in this one", async () => {
  const other = "europe-west1-docker.pkg.dev/other-project/mirror/langgenius/dify-api";
  const { code, calls } = await playground.run({ IMAGES: `${API}=${API}:@VERSION@\n${other}=${API}:@VERSION@\n` });
  expect(code).toBe(0);
  expect(playground.images).toEqual({ [API]: `${API}@${digest("a")}`, [other]: `${other}@${digest("a")}` });
  expect(calls.join("\n")).not.toContain("other-project");
});

test("runs again with another version, and leaves the images of other steps", async () => {
  playground.images = { nginx: `nginx@${digest("2")}`, [API]: `${API}@${digest("9")}` };
  expect((await playground.run()).code).toBe(0);
  expect(playground.images).toEqual({
    nginx: `nginx@${digest("2")}`,
    [API]: `${API}@${digest("a")}`,
    [WEB]: `${WEB}@${digest("b")}`,
  });
});

test.each([
  ["comments, empty lines and a v", "# Dify's version\n\n  v1.16.1\n# end\n", "1.16.1"],
  ["Windows' line ends", "# Dify\r\n\r\n1.16.1\r\n", "1.16.1"],
  ["no line end", "1.16.1", "1.16.1"],
  ["tabs and spaces around", "\t 1.16.1 \t\n", "1.16.1"],
  ["a word that begins with v", "vanilla\n", "vanilla"],
  ["a suffix", "v1.17.0-rc.1_b\n", "1.17.0-rc.1_b"],
])("reads a version with %s", async (_, text, version) => {
  const { code, stderr, calls } = await playground.file("deploy/version", text).run();
  expect([code, stderr]).toEqual([0, ""]);
  expect(calls[0]).toBe(`docker manifest inspect ${API}:${version}`);
});

test.each([
  ["nothing", "# nothing yet\n", "names no version"],
  ["two versions", "1.16.1\n1.17.0\n", "names more than one version: 1.16.1, 1.17.0"],
  ["latest", "latest\n", "says latest"],
  ["a reference", "langgenius/dify-api:1.16.1\n", "is not an image tag"],
  ["a comment behind it", "1.16.1 # newest\n", "is not an image tag"],
  ["a command", "$(id)\n", "'$(id)' in deploy/version is not an image tag"],
  ["an option", "-v\n", "is not an image tag"],
  ["too much", `1${"0".repeat(128)}\n`, "is not an image tag"],
])("refuses a file with %s before it calls anything", async (_, text, message) => {
  const { code, stderr, calls } = await playground.file("deploy/version", text).run();
  expect([code, calls, playground.images]).toEqual([1, [], {}]);
  expect(stderr).toMatch(/^read-version: error: /);
  expect(stderr).toContain(message);
});

test.each([
  ["VERSION_FILE", "version", "there is no file 'version' in the repository"],
  ["VERSION_FILE", "deploy", "there is no file 'deploy' in the repository"],
  ["VERSION_FILE", "/etc/hostname", "which leads out of the repository"],
  ["VERSION_FILE", "../version", "which leads out of the repository"],
  ["IMAGES", `${API}=${API}:1.16.1`, "no image of IMAGES has @VERSION@ in it"],
  ["IMAGES", `${API}:@VERSION@`, "of IMAGES is not name=reference"],
  ["IMAGES", `${API}=${API}:@VERSION@ ${WEB}=${WEB}:@VERSION@`, "of IMAGES is not name=reference"],
])("refuses %s=%s before it calls anything", async (name, value, message) => {
  const { code, stderr, calls } = await playground.run({ [name]: value });
  expect([code, calls, playground.images]).toEqual([1, [], {}]);
  expect(stderr).toContain(message);
});

test("names every image that is not there, and fetches none", async () => {
  playground.answer("docker manifest inspect *", { code: 1, stderr: "manifest unknown\n" });
  const { code, stderr, calls } = await playground.run();
  expect(code).toBe(1);
  expect(stderr).toContain(`cannot find: ${API}:1.16.1 ${WEB}:1.16.1. Correct the version in deploy/version`);
  expect(starting(calls, "docker pull")).toEqual([]);
  expect(playground.images).toEqual({});
});

test("hands nothing over when the last image cannot be fetched", async () => {
  playground.answer(`docker pull *${WEB}*`, { code: 1, stderr: "unauthorized\n" });
  const { code, stderr } = await playground.run();
  expect(code).toBe(1);
  expect(stderr).toContain(`${WEB}:1.16.1 is listed but cannot be pulled`);
  expect(playground.images).toEqual({});
});

test("hands nothing over without a digest", async () => {
  playground.answer("docker inspect *dify-web*", `${MIRROR}/other@${digest("c")}\n`);
  const { code, stderr } = await playground.run();
  expect(code).toBe(1);
  expect(stderr).toContain(`docker knows no digest of ${WEB}:1.16.1`);
  expect(playground.images).toEqual({});
});

test.each([
  ["nginx", "nginx"],
  ["docker.io/library/nginx", "nginx"],
  ["docker.io/langgenius/dify-api", "langgenius/dify-api"],
  ["localhost:5000/api", "localhost:5000/api"],
])("finds the digest of %s as docker names it", async (name, familiar) => {
  playground.answer("docker inspect *", `${familiar}@${digest("d")}\n`);
  const { code } = await playground.run({ IMAGES: `${name}=${name}:@VERSION@` });
  expect([code, playground.images]).toEqual([0, { [name]: `${name}@${digest("d")}` }]);
});
