"use strict";
// Loaded into every Node.js process of a measured command: writes its peak memory, in kilobytes, at exit.
const { writeFileSync } = require("node:fs");
const process = require("node:process");
const { join } = require("node:path");
const { isMainThread } = require("node:worker_threads");

const directory = process.env.BENCH_MEMORY_DIRECTORY;
if (directory && isMainThread) {
  process.on("exit", () => {
    writeFileSync(join(directory, String(process.pid)), String(process.resourceUsage().maxRSS));
  });
}
