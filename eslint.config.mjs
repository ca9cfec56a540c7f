import eslint from "@eslint/js";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["cdktf.out", "coverage", "**/cdktf.out"] },
  eslint.configs.recommended,
  { files: ["**/*.mjs"], languageOptions: { globals: { console: "readonly", process: "readonly", URL: "readonly" } } },
  {
    files: ["**/*.ts"],
    extends: [...tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      // A construct registers itself in its scope: `new Network(this, …)` is the whole statement.
      "no-new": "off",
      // Numbers and tokens stand in templates everywhere; what must not is an object.
      "@typescript-eslint/restrict-template-expressions": ["error", { allowNumber: true, allowBoolean: true }],
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
);
