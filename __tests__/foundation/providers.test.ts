import { Testing, TerraformStack } from "cdktf";
import { GoogleApis } from "../../modules/app-gke/google/google-apis";
import { googleProvider, requireProviders } from "../../modules/app-gke/terraform/providers";

interface Synthesized {
  readonly terraform: { readonly required_version: string; readonly required_providers: Record<string, unknown> };
  readonly provider: { readonly google: readonly Record<string, unknown>[] };
  readonly resource: Record<string, Record<string, unknown>>;
}

function synthesize(build: (stack: TerraformStack) => void): Synthesized {
  const stack = new TerraformStack(Testing.app(), "stack");
  build(stack);
  return JSON.parse(Testing.synth(stack)) as Synthesized;
}

describe("providers", () => {
  const props = { projectId: "demo-project", region: "europe-west1", labels: { "managed-by": "cdktf", team: "a" } };

  test("the constraints replace the versions that the bindings pin", () => {
    const { terraform } = synthesize((stack) => {
      googleProvider(stack, props);
      requireProviders(stack, ["google", "random"]);
    });
    expect(terraform.required_version).toBe(">= 1.11.0");
    expect(terraform.required_providers).toEqual({
      google: { source: "hashicorp/google", version: ">= 7.16.0, < 8.0.0" },
      random: { source: "hashicorp/random", version: ">= 3.7.0, < 4.0.0" },
    });
  });

  test("labels reach every resource under the names that they were given", () => {
    const { provider } = synthesize((stack) => {
      googleProvider(stack, props);
    });
    expect(provider.google[0]).toMatchObject({ default_labels: props.labels, add_terraform_attribution_label: false });
    expect(provider.google[0]).not.toHaveProperty("impersonate_service_account");
  });

  test("another account can be acted as", () => {
    const { provider } = synthesize((stack) => {
      googleProvider(stack, { ...props, impersonateServiceAccount: "deployer@demo-project.iam.gserviceaccount.com" });
    });
    expect(provider.google[0]).toMatchObject({
      impersonate_service_account: "deployer@demo-project.iam.gserviceaccount.com",
    });
  });
});

describe("project services", () => {
  test("an API is turned on once, however many ask for it", () => {
    const { resource } = synthesize((stack) => {
      const services = new GoogleApis(stack, "services", {
        projectId: "demo-project",
        apis: ["iamcredentials.googleapis.com"],
      });
      const [first] = services.on("compute.googleapis.com");
      const [second] = services.on("compute.googleapis.com", "iam.googleapis.com");
      expect(second).toBe(first);
    });
    expect(Object.keys(resource["google_project_service"] ?? {})).toHaveLength(3);
  });
});
