import { readFileSync } from "node:fs";
import { join } from "node:path";
import { digest, Playground, starting } from "./stub";

const ATTESTOR = "projects/security/attestors/built";
const KEY = "projects/security/locations/us/keyRings/delivery/cryptoKeys/attest/cryptoKeyVersions/1";
const API = `us-central1-docker.pkg.dev/demo-project/builds/api@${digest("a")}`;
const WEB = `us-central1-docker.pkg.dev/demo-project/builds/web@${digest("b")}`;

let playground: Playground;

beforeEach(() => {
  playground = new Playground("sign-images.sh", { ATTESTOR, KEY_VERSION: KEY })
    .answer("gcloud container binauthz attestations list *")
    .answer("gcloud beta container binauthz attestations sign-and-create *", {
      run: 'cat >"$stub/stdin"',
      stdout: "name: projects/security/occurrences/1\n",
    });
  playground.images = { web: WEB, api: API, worker: API };
});

afterEach(() => {
  playground.remove();
});

const attested = (key: string): string => `//cloudkms.googleapis.com/v1/${key}\n`;

test("attests each image once", async () => {
  const { code, stderr, calls } = await playground.run();
  expect([code, stderr]).toEqual([0, ""]);
  expect(calls).toEqual(
    [API, WEB].flatMap((image) => [
      [
        `gcloud container binauthz attestations list --project=security --attestor=${ATTESTOR}`,
        `--artifact-url=${image} --format=value(attestation.signatures[].publicKeyId)`,
      ].join(" "),
      [
        `gcloud beta container binauthz attestations sign-and-create --project=security --artifact-url=${image}`,
        `--attestor=${ATTESTOR} --attestor-project=security --keyversion=${KEY}`,
      ].join(" "),
    ]),
  );
});

test("answers no when gcloud asks whether to sign with a key that the attestor does not know", async () => {
  await playground.run();
  expect(readFileSync(join(playground.directory, "bin/stdin"), "utf8")).toBe("n\n");
});

test("leaves alone what the key has attested", async () => {
  playground.answer(`gcloud container binauthz attestations list *${API}*`, attested(KEY));
  const { code, stdout, calls } = await playground.run();
  expect(code).toBe(0);
  expect(stdout).toContain(`${API} is attested already`);
  const signed = starting(calls, "gcloud beta");
  expect(signed).toHaveLength(1);
  expect(signed[0]).toContain(WEB);
});

test("signs nothing a second time", async () => {
  playground.answer("gcloud container *", `${attested(KEY.replace(/1$/, "2"))}${attested(KEY)}`);
  const { code, calls } = await playground.run();
  expect([code, starting(calls, "gcloud beta")]).toEqual([0, []]);
});

test.each([
  ["another key", KEY.replace("cryptoKeys/attest", "cryptoKeys/old")],
  ["another version of the key", `${KEY}0`],
])("does not count an attestation of %s", async (_, key) => {
  playground.answer("gcloud container *", attested(key));
  const { code, calls } = await playground.run();
  expect([code, starting(calls, "gcloud beta").length]).toEqual([0, 2]);
});

test.each([
  ["a tag", "us-central1-docker.pkg.dev/demo-project/builds/web:1.0"],
  ["no tag", "us-central1-docker.pkg.dev/demo-project/builds/web"],
  ["a short digest", WEB.slice(0, -1)],
])("signs nothing at all when one image has %s", async (_, reference) => {
  playground.images = { api: API, web: reference };
  const { code, stderr, calls } = await playground.run();
  expect([code, calls]).toEqual([1, []]);
  expect(stderr).toContain(`'${reference}' has no digest`);
});

test.each([
  ["ATTESTOR", "built", "ATTESTOR is 'built'. Give the full name"],
  ["KEY_VERSION", KEY.replace(/\/cryptoKeyVersions.*/, ""), "down to cryptoKeyVersions/<number>"],
])("refuses %s=%s before it calls anything", async (name, value, message) => {
  const { code, stderr, calls } = await playground.run({ [name]: value });
  expect([code, calls]).toEqual([1, []]);
  expect(stderr).toContain(message);
});

test("stops when the attestations cannot be listed", async () => {
  playground.answer("gcloud container *", { code: 1, stderr: "ERROR: PERMISSION_DENIED\n" });
  const { code, stderr, calls } = await playground.run();
  expect([code, calls.length]).toEqual([1, 1]);
  expect(stderr).toContain("ERROR: PERMISSION_DENIED\n");
  expect(stderr).toContain(`cannot list the attestations of ${API}`);
});

test("stops at the first image that cannot be signed", async () => {
  playground.answer("gcloud beta *", { code: 1, stderr: "ERROR: Aborted by user.\n" });
  const { code, stdout, stderr, calls } = await playground.run();
  expect([code, starting(calls, "gcloud beta").length]).toEqual([1, 1]);
  expect(stderr).toContain(`could not attest ${API}. Check that the attestor has the key`);
  expect(stdout).not.toContain("all images are attested");
});
