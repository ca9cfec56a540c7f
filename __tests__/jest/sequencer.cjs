"use strict";
const { existsSync } = require("node:fs");
const { join } = require("node:path");
const { default: Sequencer } = require("@jest/test-sequencer");

/**
 * Suites that take longest: begun first, so that none of them is what everybody waits for in the end. Jest knows their
 * times from the run before, and where there was none it would begin with the largest files.
 */
const LONG = [
  "terraform/validate",
  // These mostly wait, so that others run meanwhile.
  "services/redis-tls",
  "services/worker",
  "services/db-init",
  "variables/effects",
  "misuse/last-net",
  "services/redis-ready",
  "package/package",
  "terraform/inventory",
  "variables/effects-of-jobs",
  "acceptance/acceptance",
  "variables/rules",
  "misuse/names",
  "services/startup",
  "lint/lint",
  "diff/command",
  "synth/share",
  "delivery/binauthz-policy",
  "services/gunicorn",
  "services/redis-move",
  "services/rotate-login",
  "services/import-backup",
  "misuse/mutations",
  "dify/routing",
  "delivery/pipeline",
  "services/redis-servers",
  "services/portable-backup",
  "delivery/scan-images",
  "pipelines/terraform-sh",
  "services/custom-sql",
  "acceptance/interruption",
  "terraform/determinism",
].map((name) => join(module.path, "..", `${name}.test.ts`));

module.exports = class LongFirst extends Sequencer {
  async sort(tests) {
    const missing = LONG.filter((path) => !existsSync(path));
    if (missing.length > 0) throw new Error(`${module.filename} names suites that are gone: ${missing.join(", ")}`);
    const sorted = await super.sort(tests);
    const place = ({ path }) => (LONG.includes(path) ? LONG.indexOf(path) : LONG.length);
    return [...sorted].sort((a, b) => place(a) - place(b));
  }
};
