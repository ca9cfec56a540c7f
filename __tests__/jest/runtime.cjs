"use strict";
const { AsyncLocalStorage } = require("node:async_hooks");
const { join, sep } = require("node:path");
const { compileFunction } = require("node:vm");
const { default: Runtime } = require("jest-runtime");

let shared;

/** Packages of Jest that keep something of a suite; the others are loaded once. */
const OF_A_SUITE = /[\\/]node_modules[\\/](jest-circus|expect|@jest[\\/]expect|jest-snapshot|jest-each)[\\/]/;

/** Helpers without hooks that keep what suites have in common: what is synthesized, what rules say, processes that are ready. */
const OF_ALL_SUITES = [
  ...["terraform/synth.ts", "variables/cases/given.ts"],
  ...["services/prepared-python.ts", "services/starter.ts"],
].map((path) => join(__dirname, "..", path));

/** Of the suite that runs. */
const storages = [];

class Storage extends AsyncLocalStorage {
  constructor(...given) {
    super(...given);
    storages.push(this);
  }
}

/**
 * Loads what is tested once a worker and not once a suite: CDKTF, its providers and the project's own modules, which were
 * over a quarter of all tests' time. The tests' own files are loaded again for each suite, since some of them register
 * hooks. So modules have no state that one suite could leave to the next, other than caches; tests that replace modules
 * (`jest.mock`) would need a runtime of their own, and there are none.
 */
module.exports = class SharedRuntime extends Runtime {
  constructor(...given) {
    if (shared) return shared;
    super(...given);
    // What is loaded again for each suite is compiled once: V8 keeps what it knows of the functions in it.
    const compiled = new Map();
    this.executor.compile = (text, filename) => {
      const before = compiled.get(filename);
      if (before?.text === text) return before.run;
      const run = compileFunction(text, this.executor.injectedModuleParameters, { filename });
      compiled.set(filename, { text, run });
      return run;
    };
    const { watch, watchAll } = given.at(-1);
    if (!watch && !watchAll) shared = this;
  }

  /** Each suite's Jest makes a storage that nobody ends, and every promise looks at all that there are. */
  requireModule(from, name, ...given) {
    const module = super.requireModule(from, name, ...given);
    return /^(node:)?async_hooks$/.test(name ?? "") ? { ...module, AsyncLocalStorage: Storage } : module;
  }

  teardown() {
    if (this !== shared) return super.teardown();
    this.restoreAllMocks();
    const modules = this.registries.getActiveCjsRegistry();
    for (const path of modules.keys()) {
      if (path.includes(`${sep}__tests__${sep}`) && !OF_ALL_SUITES.includes(path)) modules.delete(path);
    }
    // Of Jest's own, these are of one suite: results, hooks, expectations.
    const own = this.registries.getInternalCjsRegistry();
    for (const path of own.keys()) if (OF_A_SUITE.test(path)) own.delete(path);
    for (const storage of storages.splice(0)) storage.disable();
    this.testMainModule.reset();
    this.jestGlobals.clearJestObjectCache();
    this.testState.state = "loading";
    // CDKTF keeps whatever was synthesized, for references to it.
    const tokens = this._environment.global.__cdktfTokenMap;
    tokens?.stringTokenMap.clear();
    tokens?.numberTokenMap.clear();
  }
};
