import { GoogleProvider } from "@cdktf/provider-google/lib/provider";
import { StorageBucket } from "@cdktf/provider-google/lib/storage-bucket";
import { App, TerraformStack } from "cdktf";

/** The smallest CDKTF app: what every synth costs, whatever it is for. */
const app = new App();
const stack = new TerraformStack(app, "one-bucket");
new GoogleProvider(stack, "google", { project: "demo-project", region: "us-central1" });
new StorageBucket(stack, "bucket", { name: "demo-project-bucket", location: "us-central1" });
app.synth();
