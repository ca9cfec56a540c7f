import { commandLine, EXIT } from "./adopt/options";
import { start } from "./terminal/command";

start({
  name: "npm run adopt",
  commandLine,
  load: async () => (await import("./adopt/run.js")).adopt,
  failed: EXIT.impossible,
});
