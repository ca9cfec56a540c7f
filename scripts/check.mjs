// Checks the variable files and writes nothing: `npm run check -- --help`.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { started } from "./synth/start.mjs";

await started(async () => {
  const { runOnce } = await import("./synth/bundle.mjs");
  await runOnce(join(fileURLToPath(import.meta.url), "..", ".."), "scripts/check/main.ts");
});
