// Rules for the playground's scripts; how they are run stands in tests/run.
import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    files: ["playground/**/*.js"],
    languageOptions: { ecmaVersion: 2023, sourceType: "module", globals: globals.browser },
    rules: {
      complexity: ["error", 15],
      curly: ["error", "multi-line", "consistent"],
      eqeqeq: ["error", "always", { null: "ignore" }],
      "max-len": ["error", { code: 100, ignoreUrls: false }],
      "max-lines": ["error", 500],
      "max-lines-per-function": ["error", { max: 80, skipComments: true, skipBlankLines: true }],
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-restricted-globals": [
        "error",
        ...["event", "name", "status", "top", "parent", "self", "length", "play", "looks", "words"],
      ],
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "What models write becomes text nodes, never markup." },
      ],
      "no-shadow": ["error", { builtinGlobals: false }],
      "no-unused-vars": ["error", { args: "after-used", caughtErrors: "none" }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["tests/js/**/*.js"],
    languageOptions: { ecmaVersion: 2023, sourceType: "module", globals: globals.node },
    rules: { "max-len": ["error", { code: 100 }], "no-unused-vars": "error", "no-var": "error" },
  },
];
