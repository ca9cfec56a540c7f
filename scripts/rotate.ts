import { commandLine, EXIT } from "./rotate/options";
import { start } from "./terminal/command";

start({
  name: "npm run rotate",
  commandLine,
  load: async () => (await import("./rotate/run.js")).rotate,
  failed: EXIT.impossible,
});
