import { EXIT } from "./adopt/options";
import { commandLine } from "./handover/options";
import { start } from "./terminal/command";

start({
  name: "npm run handover",
  commandLine,
  load: async () => (await import("./handover/run.js")).handover,
  failed: EXIT.impossible,
});
