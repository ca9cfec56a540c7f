// Checks the variable files and writes nothing: `npm run check -- --help`.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { runOnce } from "./synth/bundle.mjs";

await runOnce(join(fileURLToPath(import.meta.url), "..", ".."), "scripts/check/main.ts");
