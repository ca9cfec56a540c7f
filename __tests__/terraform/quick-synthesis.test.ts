import { Fn, Lazy, TerraformOutput, TerraformStack, Testing, Token } from "cdktf";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import tokens = require("cdktf/lib/_tokens");
import "./quick";
import resolving = require("cdktf/lib/tokens");

// `./quick` has taken this way; CDKTF's own is one level below.
function both(value: unknown): readonly [quick: unknown, original: unknown] {
  const stack = new TerraformStack(Testing.app(), "demo");
  new GoogleProvider(stack, "google", { project: "demo" });
  return [tokens.resolve(stack, value), original(stack, value)];
}

function original(scope: TerraformStack, value: unknown): unknown {
  const resolver = new resolving.DefaultTokenResolver(new resolving.StringConcat());
  return resolving.Tokenization.resolve(value, { scope, preparing: false, resolver });
}

const reference = (): string =>
  new StorageBucket(new TerraformStack(Testing.app(), "other"), "bucket", { name: "files", location: "EU" }).name;
const list = (): string[] => Token.asList(Lazy.listValue({ produce: () => ["a", "b"] }));
const number = (): number => Token.asNumber(Lazy.numberValue({ produce: () => 7 }));

test.each<readonly [string, () => unknown]>([
  ["plain values", () => ({ a: ["b", 1, true, null, { c: -0.5 }], d: {}, e: [] })],
  ["nothing at all, which is left out", () => ({ a: undefined, b: [undefined, 1], c: { d: undefined } })],
  ["a template that is text", () => ["${google_storage_bucket.files.name}", "$${name}", "%{ if true }"]],
  ["a reference, alone and in a text", () => [reference(), `gs://${reference()}/x`]],
  ["a reference as a key", () => ({ [reference()]: 1 })],
  ["a list that is known later", () => ({ names: list() })],
  ["a number that is known later, alone and in a text", () => [number(), `port ${number()}`]],
  ["text that a number could hide in", () => ["1e5", "3.5e-7", "abc-1e", "de4f00", "sha256:1e2"]],
  ["what is produced late", () => ({ a: Lazy.anyValue({ produce: () => ({ b: [reference()] }) }) })],
  ["a function of Terraform", () => Fn.join(",", [reference(), "x"])],
  ["a day", () => new Date(0)],
])("%s is resolved as CDKTF would", (_, value) => {
  const [quick, slow] = both(value());
  expect(quick).toEqual(slow);
  expect(JSON.stringify(quick)).toBe(JSON.stringify(slow));
});

test.each<readonly [string, () => unknown]>([
  ["a function", () => ({ a: { b: () => 1 } })],
  ["a construct", () => ({ a: new TerraformStack(Testing.app(), "other") })],
  ["a list in a text", () => `${String(list()[0])} and more`],
  ["text that stands for a map", () => ["String Map Token Value"]],
  [
    "a value that contains itself",
    () => {
      const value: Record<string, unknown> = {};
      value.again = value;
      return value;
    },
  ],
])("%s is refused in CDKTF's own words", (_, value) => {
  const message = (resolve: () => unknown): string => {
    try {
      resolve();
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("nothing was refused");
  };
  const stack = new TerraformStack(Testing.app(), "demo");
  const given = value();
  expect(message(() => tokens.resolve(stack, given))).toBe(message(() => original(stack, given)));
});

test("a reference between stacks still takes the state of the other", () => {
  const app = Testing.app();
  const [one, other] = ["one", "other"].map((id) => {
    const stack = new TerraformStack(app, id);
    new GoogleProvider(stack, "google", { project: "demo" });
    return stack;
  }) as [TerraformStack, TerraformStack];
  const bucket = new StorageBucket(one, "bucket", { name: "files", location: "EU" });
  new TerraformOutput(other, "bucket", { value: bucket.selfLink });
  for (const stack of [one, other]) stack.prepareStack();
  expect(JSON.stringify(other.toTerraform())).toContain("terraform_remote_state");
});
