import { commandLine, EXIT } from "./day2/options";
import { start } from "./terminal/command";

start({
  name: "npm run day2",
  commandLine,
  load: async () => (await import("./day2/command.js")).day2,
  failed: EXIT.failed,
});
