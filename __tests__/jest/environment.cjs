"use strict";
const { ModuleMocker } = require("jest-mock");

/**
 * Tests run in the worker's own realm, as the project does: in a realm of its own, which Jest makes for every suite, each look
 * at a global (`Object`, `Map`) costs so much that a synthesis takes a third longer. What a suite does to its process ends
 * with it; other globals are not for tests to change.
 */
module.exports = class OneRealm {
  global = globalThis;
  moduleMocker = new ModuleMocker(globalThis);
  before = {
    console,
    env: { ...process.env },
    exit: process.exit,
    symbols: Object.getOwnPropertySymbols(globalThis),
    traceLimit: Error.stackTraceLimit,
  };

  setup() {
    // Node's ten often end before the test.
    Error.stackTraceLimit = 100;
  }

  teardown() {
    const { console, env, exit, symbols, traceLimit } = this.before;
    for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
    Object.assign(process.env, env);
    // Jest wraps it for each suite.
    process.exit = exit;
    process.exitCode = undefined;
    Error.stackTraceLimit = traceLimit;
    globalThis.console = console;
    // Handlers of events, state, matchers: Jest's own, of a suite, are symbols.
    for (const key of Object.getOwnPropertySymbols(globalThis)) {
      if (!symbols.includes(key)) Reflect.deleteProperty(globalThis, key);
    }
  }

  exportConditions() {
    return ["node", "node-addons"];
  }

  /** What is truthy: `SharedRuntime` compiles. */
  getVmContext() {
    return globalThis;
  }
};
