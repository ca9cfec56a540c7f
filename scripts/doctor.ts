import { commandLine, EXIT } from "./doctor/options";
import { start } from "./terminal/command";

start({
  name: "the doctor",
  commandLine,
  load: async () => (await import("./doctor/run.js")).doctor,
  failed: EXIT.problems,
  // It changes nothing.
  stops: [],
});
