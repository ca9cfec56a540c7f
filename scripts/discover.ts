import { commandLine, EXIT } from "./discover/options";
import { start } from "./terminal/command";

start({
  name: "discovery",
  commandLine,
  load: async () => (await import("./discover/run.js")).discover,
  failed: EXIT.refused,
  stops: ["SIGINT"],
});
