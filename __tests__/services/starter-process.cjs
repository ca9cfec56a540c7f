"use strict";
// Starts programs for a worker of Jest: see starter.ts.
const { spawn } = require("node:child_process");

process.on("message", ({ number, command, args, options, input, hears }) => {
  const child = spawn(command, args, { ...options, stdio: "pipe" });
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"]) {
    child[name].setEncoding("utf8").on("data", (text) => {
      output[name] += text;
      if (hears && name === "stdout") process.send({ number, heard: text });
    });
  }
  // A program may end without reading its input.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  child.on("error", ({ message, code }) => process.send({ number, error: { message, code } }));
  child.on("close", (code) => process.send({ number, result: { code, ...output } }));
});
process.on("disconnect", () => process.exit());
