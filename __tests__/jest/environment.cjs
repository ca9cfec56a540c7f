"use strict";
const { TestEnvironment } = require("jest-environment-node");

let shared;

/**
 * One realm for all suites that a worker runs, so that `SharedRuntime` can keep modules. What a suite does to the variables
 * of its process ends with it; other globals are not for tests to change.
 */
module.exports = class SharedEnvironment extends TestEnvironment {
  constructor(config, context) {
    if (shared) return shared;
    super(config, context);
    const { env, exit } = this.global.process;
    this.before = { env: { ...env }, exit, globals: Reflect.ownKeys(this.global) };
    // Files change between the runs of `--watch`.
    if (!config.globalConfig.watch && !config.globalConfig.watchAll) shared = this;
  }

  async teardown() {
    if (this !== shared) return await super.teardown();
    const { process } = this.global;
    for (const name of Object.keys(process.env)) delete process.env[name];
    Object.assign(process.env, this.before.env);
    // Jest wraps it for each suite.
    process.exit = this.before.exit;
    // Handlers of events, state, matchers: Jest's own, of a suite, are symbols.
    for (const key of Reflect.ownKeys(this.global)) {
      if (typeof key === "symbol" && !this.before.globals.includes(key)) Reflect.deleteProperty(this.global, key);
    }
  }
};
