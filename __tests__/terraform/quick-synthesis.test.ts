import { Aspects, dependable, Fn, type IAspect, Lazy, TerraformOutput, TerraformStack, Testing, Token } from "cdktf";
import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import tokens = require("cdktf/lib/_tokens");
import { prepareOnce } from "../../modules/app-gke/terraform/quick-synthesis";
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

/** A bucket in one stack, and its address in another. */
function referring(): readonly [from: TerraformStack, to: TerraformStack, bucket: StorageBucket] {
  const app = Testing.app();
  const stackOf = (id: string): TerraformStack => {
    const stack = new TerraformStack(app, id);
    new GoogleProvider(stack, "google", { project: "demo" });
    return stack;
  };
  const [one, other] = [stackOf("one"), stackOf("other")];
  const bucket = new StorageBucket(one, "bucket", { name: "files", location: "EU" });
  new TerraformOutput(other, "bucket", { value: bucket.selfLink });
  return [one, other, bucket];
}

const textOf = (stack: TerraformStack): string => JSON.stringify(stack.toTerraform());

test.each<readonly [string, (stack: TerraformStack) => void]>([
  [
    "as CDKTF does",
    (stack) => {
      stack.prepareStack();
    },
  ],
  ["with each part kept", prepareOnce],
])("a reference between stacks still takes the state of the other, prepared %s", (_, prepare) => {
  const [one, other] = referring();
  for (const stack of [one, other]) prepare(stack);
  expect(textOf(other)).toContain("terraform_remote_state");
  expect(textOf(one)).toContain("cross-stack-output");
});

test("what is kept of a prepared stack is what would be written without", () => {
  const [prepared] = referring();
  const [other] = referring();
  prepareOnce(prepared);
  other.prepareStack();
  expect(textOf(prepared)).toBe(textOf(other));
  // Twice, as for a stack that is also looked at.
  expect(textOf(prepared)).toBe(textOf(other));
});

test("nothing is kept where an aspect has yet to visit", () => {
  const [stack, , bucket] = referring();
  const aspect: IAspect = { visit: () => undefined };
  Aspects.of(stack).add(aspect);
  prepareOnce(stack);
  bucket.location = "US";
  expect(textOf(stack)).toContain('"location":"US"');
});

test("what is added to a stack as a whole may refer as well", () => {
  const [stack, , bucket] = referring();
  stack.addOverride("check.bucket.assert", [{ condition: `${bucket.id} != ""`, note: undefined }]);
  expect(textOf(stack)).toContain('"assert":[{"condition":"${google_storage_bucket.bucket.id} != \\"\\""}]');
});

test("a text that is produced late is asked for anew each time that a stack is written", () => {
  const [stack] = referring();
  let given = "first";
  new TerraformOutput(stack, "late", { value: `${Lazy.stringValue({ produce: () => given })} text` });
  expect(textOf(stack)).toContain("first text");
  given = "second";
  expect(textOf(stack)).toContain("second text");
});

test.each<readonly [string, (bucket: StorageBucket) => unknown]>([
  ["alone, in a text and twice", ({ id, name }) => [id, `gs://${name}/x`, `${id}-${name}}`]],
  ["in an expression, without braces", ({ id, name }) => [`\${length(${id}) > 1}/${name}`, Fn.join(",", [id, "x"])]],
  ["of what waits for it", (bucket) => [dependable(bucket), `after ${dependable(bucket)}`]],
  ["with a number that is known later", ({ name }) => `${name}:${number()}`],
  ["with what could be a number", ({ name }) => `${name}-1e5`],
  ["to a part of it", (bucket) => [bucket.versioning.enabled, Token.asString(bucket.websiteInput)]],
])("a reference in its own stack is resolved as CDKTF would: %s", (_, value) => {
  const [stack, , bucket] = referring();
  const given = value(bucket);
  stack.addOverride("check.value", [{ given }]);
  const { check } = stack.toTerraform() as { check: { value: unknown } };
  expect(check.value).toEqual(original(stack, [{ given }]));
});
