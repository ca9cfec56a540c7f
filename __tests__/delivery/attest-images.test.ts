import { writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { run } from "../services/processes";
import { describeWith, path, tools } from "../services/require";
import { digest, Playground, type ScriptResult, starting } from "./stub";

const ATTESTOR = "projects/security/attestors/built";
const KEY = "projects/security/locations/us/keyRings/delivery/cryptoKeys/attest/cryptoKeyVersions/1";
const MIRROR = "us-central1-docker.pkg.dev/demo-project/mirror";
const API = `${MIRROR}/langgenius/dify-api:1.16.1`;
const WEB = `${MIRROR}/langgenius/dify-web:1.16.1`;
const SQUID = "ubuntu/squid:6.6-24.04_edge";
const ARGUMENTS = ["--attestor", ATTESTOR, "--key-version", KEY];

const reference = (image: string, character: string): string => `${image.replace(/:[^/]*$/, "")}@${digest(character)}`;

let playground: Playground;

beforeEach(() => {
  playground = new Playground("attest-images.sh")
    .answer(`gcloud artifacts docker images describe ${API} *`, `${digest("a")}\n`)
    .answer(`gcloud artifacts docker images describe ${WEB} *`, `${digest("b")}\n`)
    .answer("docker pull *")
    .answer("docker inspect *", `ubuntu/squid@${digest("c")}\n`)
    .answer("gcloud container binauthz attestations list *")
    .answer(`gcloud container binauthz attestations list *${digest("b")}*`, `//cloudkms.googleapis.com/v1/${KEY}\n`)
    .answer("gcloud beta container binauthz attestations sign-and-create *", "name: projects/security/occurrences/1\n");
});

afterEach(() => {
  playground.remove();
});

const attest = (
  args: readonly string[],
  input = "",
  settings: Readonly<Record<string, string>> = {},
): Promise<ScriptResult> => playground.run(settings, [...ARGUMENTS, ...args], input);

const signed = (calls: readonly string[]): (string | undefined)[] =>
  starting(calls, "gcloud beta").map((call) => /--artifact-url=(\S+)/.exec(call)?.[1]);

test("lists all, attests what is missing, and prints digests for the variable file", async () => {
  const { code, stdout, calls } = await attest([API, WEB, SQUID]);
  expect(code).toBe(0);
  expect(signed(calls)).toEqual(expect.arrayContaining([reference(API, "a"), reference(SQUID, "c")]));
  expect(signed(calls)).toHaveLength(2);
  expect(starting(calls, "gcloud beta")[0]).toMatch(
    new RegExp(`--project=security .* --attestor=${ATTESTOR} --attestor-project=security --keyversion=${KEY}$`),
  );
  expect(stdout.split("\n").map((line) => line.replace(/ {2,}/g, "  "))).toEqual([
    "IMAGE  DIGEST  ATTESTED",
    `${SQUID}  ${digest("c")}  no`,
    `${API}  ${digest("a")}  no`,
    `${WEB}  ${digest("b")}  yes`,
    "",
    "# For the variable file:",
    "image_digests = {",
    `  "${SQUID}" = "${digest("c")}"`,
    `  "${API}" = "${digest("a")}"`,
    `  "${WEB}" = "${digest("b")}"`,
    "}",
    "",
  ]);
});

describe("from a stack's outputs", () => {
  const outputs = {
    container_registry: { value: MIRROR },
    binary_authorization: {
      value: {
        attestor: ATTESTOR,
        key_version: KEY,
        images: [API, `${MIRROR}/library/nginx:1`, "docker.io/library/a:1", `${WEB.replace(/:.*/, "")}@${digest("b")}`],
      },
    },
  };

  test("attestor, key and images, and the names that the variable file takes", async () => {
    playground
      .answer("terraform -chdir=stack output -json", JSON.stringify(outputs))
      .answer(`gcloud artifacts docker images describe ${MIRROR}/library/nginx:1 *`, `${digest("d")}\n`)
      .answer("docker inspect *", `a@${digest("c")}\n`);
    const { code, stdout, calls } = await playground.run({}, ["--dry-run", "--stack", "stack"]);
    expect(code).toBe(3);
    expect(starting(calls, "gcloud beta")).toEqual([]);
    expect(stdout.slice(stdout.indexOf("image_digests")).split("\n").sort()).toEqual(
      [
        "image_digests = {",
        `  "langgenius/dify-api:1.16.1" = "${digest("a")}"`,
        `  "nginx:1" = "${digest("d")}"`,
        `  "a:1" = "${digest("c")}"`,
        "}",
        "",
      ].sort(),
    );
  });

  test.each([
    ["without Binary Authorization", JSON.stringify({ binary_authorization: { value: null } })],
    ["that is not applied", "{}"],
  ])("one %s is refused with what to do", async (_, answer) => {
    playground.answer("terraform *", answer);
    const { code, stderr, calls } = await playground.run({}, ["--stack=stack"]);
    expect(code).toBe(1);
    expect(stderr).toContain("enable_binary_authorization = true");
    expect(starting(calls, "gcloud")).toEqual([]);
  });
});

test("aligns the table", async () => {
  const { stdout } = await attest(["--dry-run", API, SQUID]);
  const [header = "", first = "", second = ""] = stdout.split("\n");
  expect(header.indexOf("DIGEST")).toBe(API.length + 2);
  for (const line of [first, second]) expect(line.indexOf("sha256:")).toBe(API.length + 2);
  expect(header.indexOf("ATTESTED")).toBe(first.lastIndexOf("no"));
});

test("changes nothing with --dry-run, and ends with 3 when one is missing", async () => {
  const { code, stdout, stderr, calls } = await attest(["--dry-run", API, WEB]);
  expect(code).toBe(3);
  const reading = /^(gcloud artifacts docker images describe|gcloud container binauthz attestations list) /;
  expect(calls.filter((call) => !reading.test(call))).toEqual([]);
  expect(stdout).toContain(`"${API}" = "${digest("a")}"`);
  expect(stderr).toContain("1 of 2 are not attested");
});

test.each([[["--dry-run"]], [[]]])("ends with 0 when all are attested (%j)", async (options) => {
  const { code, stderr, calls } = await attest([...options, WEB]);
  expect([code, signed(calls)]).toEqual([0, []]);
  expect(stderr).toBe("attest-images: all images are attested\n");
});

test("does not count an attestation of another key", async () => {
  playground.answer("gcloud container *", `//cloudkms.googleapis.com/v1/${KEY}0\n`);
  expect((await attest(["--dry-run", WEB])).code).toBe(3);
});

test("has the mirror fetch what it has not yet", async () => {
  playground.answer(`gcloud artifacts docker images describe ${API} *`, {
    code: 1,
    stderr: "ERROR: not found\n",
    times: 1,
  });
  const { code, stdout, stderr, calls } = await attest(["--dry-run", API]);
  expect(code).toBe(3);
  expect(calls.slice(0, 3).map((call) => call.split(" ").slice(0, 2).join(" "))).toEqual([
    "gcloud artifacts",
    "docker pull",
    "gcloud artifacts",
  ]);
  expect(calls[1]).toBe(`docker pull --quiet --platform=linux/amd64 ${API}`);
  expect(calls.join("\n")).not.toMatch(/sign-and-create|docker push/);
  expect(stderr).not.toContain("ERROR: not found");
  expect(stdout).toContain(digest("a"));
});

test("takes a digest as it is given, and leaves out the tag in front of it", async () => {
  const { code, calls } = await attest([`${API}@${digest("d")}`]);
  expect(code).toBe(0);
  expect(calls.map((call) => call.split(" ")[1])).toEqual(["container", "beta"]);
  expect(signed(calls)).toEqual([reference(API, "d")]);
});

test("signs one digest once, and looks up one image once", async () => {
  playground.answer(
    `gcloud artifacts docker images describe ${MIRROR}/langgenius/dify-api:latest *`,
    `${digest("a")}\n`,
  );
  const { code, calls } = await attest([API, `${MIRROR}/langgenius/dify-api:latest`, API]);
  expect(code).toBe(0);
  expect(signed(calls)).toEqual([reference(API, "a")]);
  expect(starting(calls, "gcloud artifacts")).toHaveLength(2);
});

test.each([
  ["nginx:1.29.1-alpine", "nginx"],
  ["docker.io/library/nginx:1.29.1-alpine", "nginx"],
  ["docker.io/ubuntu/squid", "ubuntu/squid"],
  ["localhost:5000/api", "localhost:5000/api"],
])("finds the digest of %s as docker names it", async (image, familiar) => {
  playground.answer("docker inspect *", `${familiar}-other@${digest("0")}\n${familiar}@${digest("e")}\n`);
  const { code, calls } = await attest([image]);
  expect([code, signed(calls)]).toEqual([0, [reference(image, "e")]]);
});

describe("images of a file", () => {
  const text = `# Dify\r\n\r\n  ${API}\t\r\n${WEB}`;

  test.each([["images.txt"], ["-"]])("are read from %s", async (file) => {
    writeFileSync(join(playground.repository, "images.txt"), text);
    const { code, calls } = await attest(["--dry-run", "--images-file", file], file === "-" ? text : "");
    expect(code).toBe(3);
    expect(starting(calls, "gcloud artifacts").map((call) => call.split(" ")[5])).toEqual([API, WEB]);
  });

  test("must be there", async () => {
    const { code, stderr, calls } = await attest(["--images-file=nothing.txt"]);
    expect([code, calls]).toEqual([1, []]);
    expect(stderr).toContain("there is no file 'nothing.txt' (--images-file)");
  });
});

describeWith([tools.python], "colours", () => {
  const onTerminal = async (settings: Readonly<Record<string, string>>): Promise<string> => {
    const script = join(__dirname, "../../scripts/delivery/attest-images.sh");
    const terminal = ["-c", "import pty, sys; pty.spawn(sys.argv[1:])"];
    const { stdout } = await run(path(tools.python), [...terminal, script, ...ARGUMENTS, WEB], {
      env: { PATH: [join(playground.directory, "bin"), process.env.PATH].join(delimiter), ...settings },
    });
    return stdout;
  };

  test("only on a terminal", async () => {
    expect((await attest([WEB])).stdout).not.toContain("\u001b");
    expect(await onTerminal({})).toContain("\u001b[32myes\u001b[0m");
  });

  test("never with NO_COLOR", async () => {
    const output = await onTerminal({ NO_COLOR: "1" });
    expect(output).toContain("ATTESTED");
    expect(output).not.toContain("\u001b[32m");
  });
});

test.each([
  ["missing: --attestor --key-version IMAGE", []],
  ["missing: IMAGE", ARGUMENTS],
  ["--attestor needs a value", ["--attestor"]],
  ["--key-version needs a value", ["--key-version="]],
  ["there is no option --force", [...ARGUMENTS, "--force", API]],
])("ends with 2 and the usage: %s", async (message, args) => {
  const { code, stdout, stderr, calls } = await playground.run({}, args);
  expect([code, stdout, calls]).toEqual([2, "", []]);
  expect(stderr).toMatch(/^Usage: attest-images.sh /);
  expect(stderr.trimEnd().split("\n").at(-1)).toBe(`attest-images: error: ${message}`);
});

test.each([
  ["a short attestor", ["--attestor", "built"], "--attestor is 'built'. Give the full name"],
  ["a key without a version", ["--key-version", KEY.slice(0, -1)], "down to cryptoKeyVersions/<number>"],
  ["an image that is none", ["$(id)"], "'$(id)' is not an image"],
])("refuses %s before it calls anything", async (_, args, message) => {
  const { code, stderr, calls } = await attest([...args, API]);
  expect([code, calls]).toEqual([1, []]);
  expect(stderr).toContain(message);
});

test.each([
  ["docker pull *", "cannot find ubuntu/squid:6.6-24.04_edge. Check name and tag"],
  ["docker inspect *", "no digest is known for ubuntu/squid:6.6-24.04_edge", { stdout: `other@${digest("c")}\n` }],
  ["gcloud container *", "cannot list the attestations of"],
  ["gcloud artifacts *", "cannot read the digest of"],
])("signs nothing when %s fails", async (pattern, message, answer: object = { code: 1 }) => {
  playground.answer(pattern, answer);
  const { code, stdout, stderr, calls } = await attest([API, SQUID]);
  expect([code, stdout, signed(calls)]).toEqual([1, "", []]);
  expect(stderr).toContain(message);
  expect(stderr.split("\n").filter((line) => line.includes("error:"))).toHaveLength(1);
});

test("ends with 1 when one cannot be signed", async () => {
  playground.answer("gcloud beta *", { code: 1, stderr: "ERROR: Aborted by user.\n" });
  const { code, stderr } = await attest([API]);
  expect(code).toBe(1);
  expect(stderr).toContain(`could not attest ${reference(API, "a")}`);
});
