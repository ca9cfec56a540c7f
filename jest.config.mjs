import { availableParallelism } from "node:os";

/** @type {import('jest').Config} */
export default {
  testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
  // swc only strips the types: the type-check is part of `npm run lint`.
  transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }] },
  // `npm run test:unit` gives Node.js, and so each worker, more room for what is new (a tenth of the time went into moving
  // it), and lets V8 optimize later: it optimized much that then hardly ran, which took another tenth. In between,
  // everything runs compiled and stays so, without optimization: a synthesis runs much code a few times each.
  // By default one core is left free, which is half of a small machine. And while one worker waits for the servers that its
  // suite has started, which is a quarter of the time, another one has something to do.
  maxWorkers: availableParallelism() + 1,
  // Modules are loaded once a worker: see both files.
  testEnvironment: "<rootDir>/__tests__/jest/environment.cjs",
  runtime: "<rootDir>/__tests__/jest/runtime.cjs",
  testSequencer: "<rootDir>/__tests__/jest/sequencer.cjs",
  modulePathIgnorePatterns: ["<rootDir>/cdktf.out"],
  testTimeout: 60_000,
};
