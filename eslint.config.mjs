import eslint from "@eslint/js";
import regexp from "eslint-plugin-regexp";
import tseslint from "typescript-eslint";
import defaultTag from "./lint/default-tag.mjs";

export default tseslint.config(
  { ignores: ["cdktf.out", "coverage", "**/cdktf.out"] },
  eslint.configs.recommended,
  { files: ["**/*.mjs"], languageOptions: { globals: { console: "readonly", process: "readonly", URL: "readonly" } } },
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked],
    plugins: { regexp },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A construct registers itself in its scope: `new Network(this, …)` is the whole statement.
      "no-new": "off",
      // Numbers and tokens stand in templates everywhere; what must not is an object.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
      // The one form of an import whose module can be changed, which `quickenSynthesis` needs.
      "@typescript-eslint/no-require-imports": ["error", { allowAsImport: true }],
      // A pattern that goes back over a user's text takes minutes for a few hundred characters.
      "regexp/no-super-linear-backtracking": ["error", { report: "potential" }],
      // CDKTF's constructs are used for their effect.
      "@typescript-eslint/no-extraneous-class": "off",
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              // One index import loads every resource of a provider: seconds instead of milliseconds.
              regex: "^@cdktf/provider-(google|kubernetes|random)(/lib)?$",
              message: "Import one class: @cdktf/provider-…/lib/<resource>.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["modules/**/*.ts", "scripts/**/*.{ts,mjs}"],
    rules: {
      "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
    },
  },
  {
    files: ["modules/**/*.ts"],
    rules: {
      "no-restricted-syntax": [
        "error",
        {
          selector: "TSInterfaceDeclaration TSPropertySignature[readonly!=true]",
          message: "What goes in or comes out is not changed on the way: make the field readonly.",
        },
        {
          selector: "ClassBody > PropertyDefinition[readonly!=true][accessibility!='private']",
          message: "A construct's results are readonly.",
        },
      ],
    },
  },
  {
    files: ["modules/**/*.ts"],
    // Kubernetes' own shapes: its API says what a field left out means.
    ignores: ["modules/app-gke/workload/kubernetes.ts"],
    plugins: { project: { rules: { "default-tag": defaultTag } } },
    rules: { "project/default-tag": "error" },
  },
);
