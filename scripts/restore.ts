import { commandLine, EXIT } from "./restore/options";
import { start } from "./terminal/command";

start({
  name: "npm run restore",
  commandLine,
  load: async () => (await import("./restore/command.js")).restore,
  failed: EXIT.failed,
});
