import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { newest, placeVersion } from "../../modules/dify-common/releases";

const root = join(__dirname, "../..");
const read = (path: string): string => readFileSync(join(root, path), "utf8");
const markdown = [".", "docs"].flatMap((directory) =>
  readdirSync(join(root, directory))
    .filter((name) => name.endsWith(".md") && name !== "CHANGELOG.md")
    .map((name) => join(directory, name)),
);

test.each(markdown)("%s names releases of Dify that are known", (path) => {
  const named = [...read(path).matchAll(/application_version\s*=\s*"([^"]+)"/g)].map(([, version = ""]) => version);
  expect(named.filter((version) => version !== "latest" && placeVersion(version).type !== "known")).toEqual([]);
});

test("the shipped environment for production names the newest release", () => {
  expect(read("variables/prod.tfvars")).toMatch(new RegExp(`^application_version = "${newest.version}"$`, "m"));
});
