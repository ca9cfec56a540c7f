import { PubsubTopic } from "@cdktf/provider-google/lib/pubsub-topic";
import { Testing, TerraformStack } from "cdktf";
import { Construct } from "constructs";
import { GoogleApis } from "../../modules/app-gke/google/google-apis";
import {
  googleProvider,
  kubernetesProvider,
  quotaProject,
  requireProviders,
} from "../../modules/app-gke/terraform/providers";
import { prepareOnce, quickenSynthesis } from "../../modules/app-gke/terraform/quick-synthesis";

interface Synthesized {
  readonly terraform: { readonly required_version: string; readonly required_providers: Record<string, unknown> };
  readonly provider: {
    readonly google: readonly Record<string, unknown>[];
    readonly kubernetes?: readonly Record<string, unknown>[];
  };
  readonly resource: Record<string, Record<string, unknown>>;
}

function synthesize(build: (stack: TerraformStack) => void): Synthesized {
  const stack = new TerraformStack(Testing.app(), "stack");
  build(stack);
  return JSON.parse(Testing.synth(stack)) as Synthesized;
}

const props = { projectId: "demo-project", region: "europe-west1", labels: { "managed-by": "cdktf", team: "a" } };

describe("providers", () => {
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

  test("a version that a stack has already stays, and is that of this stack alone", () => {
    const required = (build: (stack: TerraformStack) => void) =>
      synthesize((stack) => {
        googleProvider(stack, props);
        build(stack);
        requireProviders(stack, ["google"]);
      }).terraform;
    const pinned = required((stack) => {
      requireProviders(stack, ["google"]);
      stack.addOverride("terraform.required_version", "1.12.1");
      stack.addOverride("terraform.required_providers.google.version", "7.20.0");
    });
    expect(pinned).toMatchObject({
      required_version: "1.12.1",
      required_providers: { google: { source: "hashicorp/google", version: "7.20.0" } },
    });
    // The older one would destroy what the keys encrypt.
    const withKeys = required((stack) => {
      requireProviders(stack, ["google"], true);
    });
    expect(withKeys.required_providers).toMatchObject({ google: { version: ">= 7.33.0, < 8.0.0" } });
    expect(required(() => undefined)).toMatchObject({
      required_version: ">= 1.11.0",
      required_providers: { google: { version: ">= 7.16.0, < 8.0.0" } },
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

describe("the cluster's credentials", () => {
  const cluster = { host: "https://10.0.0.2", caCertificate: "PEM" };
  const kubernetes = (credentials?: "token" | "plugin") =>
    synthesize((stack) => {
      kubernetesProvider(stack, cluster, credentials);
    });

  test("are the token that Terraform has, read for the run alone", () => {
    const { provider } = kubernetes();
    expect(provider.kubernetes?.[0]).toMatchObject({
      token: "${ephemeral.google_client_config.client.access_token}",
    });
    expect(provider.kubernetes?.[0]).not.toHaveProperty("exec");
  });

  test("are the plugin's, which renews them, and no token is read then", () => {
    const stack = kubernetes("plugin");
    expect(stack.provider.kubernetes?.[0]?.exec).toEqual([
      {
        api_version: "client.authentication.k8s.io/v1beta1",
        command: "gke-gcloud-auth-plugin",
        args: ["--use_application_default_credentials"],
      },
    ]);
    expect(stack.provider.kubernetes?.[0]).not.toHaveProperty("token");
    expect(stack).not.toHaveProperty("ephemeral");
  });
});

describe("quota project", () => {
  test("is said to the provider, and known to what asks Google by other means", () => {
    const { provider } = synthesize((stack) => {
      expect(quotaProject(stack)).toBeUndefined();
      googleProvider(stack, { ...props, quotaProject: "paying-project" });
      expect(quotaProject(new Construct(stack, "anywhere"))).toBe("paying-project");
    });
    expect(provider.google[0]).toMatchObject({ billing_project: "paying-project", user_project_override: true });
  });

  test("is that of the credentials where none is named", () => {
    const { provider } = synthesize((stack) => {
      googleProvider(stack, props);
    });
    expect(provider.google[0]).not.toHaveProperty("user_project_override");
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

  test.each(["as CDKTF does", "prepared once"])(
    "a resource that is added last waits for its API, written %s",
    (how) => {
      const { resource } = synthesize((stack) => {
        const part = new Construct(stack, "part");
        new GoogleApis(part, "services", { projectId: "demo-project" });
        new PubsubTopic(part, "topic", { name: "late" });
        new PubsubTopic(stack, "outside", { name: "another part's" });
        if (how === "prepared once") {
          quickenSynthesis();
          prepareOnce(stack);
        }
      });
      const topics = Object.values(resource["google_pubsub_topic"] ?? {}) as Record<string, unknown>[];
      const waits = new Map(topics.map(({ name, depends_on: before }) => [name, before]));
      const [service] = Object.keys(resource["google_project_service"] ?? {});
      expect(waits.get("late")).toEqual([`google_project_service.${service}`]);
      expect(waits.get("another part's")).toBeUndefined();
    },
  );
});
