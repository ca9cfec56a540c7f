/** @type {import('jest').Config} */
export default {
  testMatch: ["<rootDir>/__tests__/**/*.test.ts"],
  // swc only strips the types: the type-check is a step of its own (`npm run check`).
  transform: { "^.+\\.ts$": ["@swc/jest", { jsc: { target: "es2022", parser: { syntax: "typescript" } } }] },
  setupFiles: ["<rootDir>/__tests__/setup.ts"],
  modulePathIgnorePatterns: ["<rootDir>/cdktf.out"],
  testTimeout: 60_000,
};
