import { commandLine, EXIT } from "./cost/options";
import { start } from "./terminal/command";

start({
  name: "the estimate",
  commandLine,
  load: async () => (await import("./cost/run.js")).cost,
  failed: EXIT.failed,
  // It changes nothing.
  stops: [],
});
