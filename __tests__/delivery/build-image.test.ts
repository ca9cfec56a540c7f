import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { digest, Playground, starting } from "./stub";

const IMAGE = "us-central1-docker.pkg.dev/demo-project/builds/api";
const MIRROR = "us-central1-docker.pkg.dev/demo-project/mirror/langgenius/dify-api";

let playground: Playground;

beforeEach(() => {
  playground = new Playground("build-image.sh", {
    IMAGE,
    REPLACES: MIRROR,
    COMMIT_SHA: "0123456789abcdef0123456789abcdef01234567",
    DOCKERFILE: "api/Dockerfile",
    CONTEXT: "api",
    BUILD_ARGS: "",
  })
    .file("api/Dockerfile", "FROM scratch")
    .answer("docker pull *")
    .answer("docker build *")
    .answer("docker push *")
    .answer(
      "docker inspect *",
      `langgenius/dify-api@${digest("0")}\n${IMAGE}-other@${digest("1")}\n${IMAGE}@${digest("a")}\n`,
    );
});

afterEach(() => {
  playground.remove();
});

test("builds, pushes the commit's tag before latest, and notes the digest", async () => {
  const { code, stderr, calls } = await playground.run();
  expect([code, stderr]).toEqual([0, ""]);
  const tag = `${IMAGE}:0123456789abcdef0123456789abcdef01234567`;
  expect(calls).toEqual([
    `docker pull --quiet ${IMAGE}:latest`,
    [
      `docker build --tag ${tag} --tag ${IMAGE}:latest --file ./api/Dockerfile`,
      "--label org.opencontainers.image.revision=0123456789abcdef0123456789abcdef01234567",
      `--build-arg BUILDKIT_INLINE_CACHE=1 --cache-from ${IMAGE}:latest ./api`,
    ].join(" "),
    `docker push ${tag}`,
    `docker push ${IMAGE}:latest`,
    `docker inspect --format {{range .RepoDigests}}{{println .}}{{end}} ${tag}`,
  ]);
  expect(playground.images).toEqual({ [MIRROR]: `${IMAGE}@${digest("a")}` });
});

test("stands in for several images, and leaves those of other steps", async () => {
  playground.images = { "docker.io/nginx": `docker.io/nginx@${digest("2")}`, [MIRROR]: `${MIRROR}@${digest("3")}` };
  const { code } = await playground.run({ REPLACES: `${MIRROR}\n\n${MIRROR}-worker\n` });
  expect(code).toBe(0);
  expect(playground.images).toEqual({
    "docker.io/nginx": `docker.io/nginx@${digest("2")}`,
    [MIRROR]: `${IMAGE}@${digest("a")}`,
    [`${MIRROR}-worker`]: `${IMAGE}@${digest("a")}`,
  });
});

test("builds without a cache where none is there", async () => {
  playground.answer("docker pull *", { code: 1, stderr: "Error response from daemon: manifest unknown" });
  const { code, stdout, calls } = await playground.run();
  expect(code).toBe(0);
  expect(stdout).toContain(`there is no ${IMAGE}:latest yet`);
  expect(starting(calls, "docker build")[0]).not.toContain("--cache-from");
});

test("hands build arguments on as they are", async () => {
  const args = ["MESSAGE=two words and 'quotes'", "PRICE=$5 ${HOME} $(id) `id`", 'JSON={"a": "b"}', "EMPTY=", "STAR=*"];
  const { code, stdout, stderr } = await playground.run({ BUILD_ARGS: args.join("\n") });
  expect([code, stderr]).toEqual([0, ""]);
  const build = playground.calls().find(([, command]) => command === "build") ?? [];
  const given = build.filter((_, index) => build[index - 1] === "--build-arg");
  expect(given).toEqual(["BUILDKIT_INLINE_CACHE=1", ...args]);
  expect(stdout).not.toContain("two words");
});

test("refuses a build argument without a value, without showing it", async () => {
  const { code, stdout, stderr, calls } = await playground.run({ BUILD_ARGS: "A=1\nhunter2" });
  expect([code, calls]).toEqual([1, []]);
  expect(stderr).toContain("a line of BUILD_ARGS is not KEY=VALUE");
  expect(stdout + stderr).not.toContain("hunter2");
});

test.each([
  ["DOCKERFILE", "/etc/passwd", "which leads out of the repository"],
  ["DOCKERFILE", "../Dockerfile", "which leads out of the repository"],
  ["DOCKERFILE", "api/../../Dockerfile", "which leads out of the repository"],
  ["DOCKERFILE", "linked/Dockerfile", "is a link that leads out of the repository"],
  ["DOCKERFILE", "api/Containerfile", "there is no file 'api/Containerfile' in the repository"],
  ["DOCKERFILE", "api", "there is no file 'api' in the repository"],
  ["CONTEXT", "/", "which leads out of the repository"],
  ["CONTEXT", "api/..", "which leads out of the repository"],
  ["CONTEXT", "linked", "is a link that leads out of the repository"],
  ["CONTEXT", "web", "there is no directory 'web' in the repository"],
  ["IMAGE", `${IMAGE}:v1`, "is not an image name"],
  ["REPLACES", `${MIRROR}:1.16.1`, "is not an image name"],
  ["REPLACES", `${MIRROR} ${MIRROR}-worker`, "is not an image name"],
  ["REPLACES", `${MIRROR}@${digest("a")}`, "is not an image name"],
])("refuses %s=%s before it calls anything", async (name, value, message) => {
  const outside = join(playground.directory, "outside");
  mkdirSync(outside);
  symlinkSync(outside, join(playground.repository, "linked"));
  symlinkSync("/etc/hostname", join(outside, "Dockerfile"));
  const { code, stderr, calls } = await playground.run({ [name]: value });
  expect([code, calls]).toEqual([1, []]);
  expect(stderr).toMatch(/^build-image: error: /);
  expect(stderr).toContain(message);
});

test("takes the repository itself, a registry with a port, and a path with a space", async () => {
  playground
    .file("my files/Dockerfile", "FROM scratch")
    .answer("docker inspect *", `localhost:5000/api@${digest("b")}\n`);
  const { code } = await playground.run({
    IMAGE: "localhost:5000/api",
    DOCKERFILE: "my files/Dockerfile",
    CONTEXT: ".",
  });
  expect(code).toBe(0);
  const build = playground.calls().find(([, command]) => command === "build") ?? [];
  expect(build).toContain("./my files/Dockerfile");
  expect(build.at(-1)).toBe("./.");
  expect(playground.images).toEqual({ [MIRROR]: `localhost:5000/api@${digest("b")}` });
});

test.each(["build", "push", "inspect"])("hands nothing over when docker %s fails", async (command) => {
  playground.answer(`docker ${command} *`, { code: 1, stderr: "denied" });
  const { code, stderr, calls } = await playground.run();
  expect(code).toBe(1);
  expect(stderr).toContain("denied");
  expect(calls.at(-1)).toMatch(new RegExp(`^docker ${command} `));
  expect(playground.images).toEqual({});
});

test("hands nothing over without a digest of its own repository", async () => {
  playground.answer("docker inspect *", `${IMAGE}-other@${digest("1")}\n`);
  const { code, stderr } = await playground.run();
  expect(code).toBe(1);
  expect(stderr).toContain(`docker knows no digest of ${IMAGE} after the push`);
  expect(playground.images).toEqual({});
});
