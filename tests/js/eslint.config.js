// Rules for the playground's scripts; how they are run stands in tests/run.
import js from "@eslint/js";
import globals from "globals";

const STORED = "A frame may be shut off from what browsers keep: reach it by kit/stored.js.";
const viaStored = (name) => ({ name, message: STORED });

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
        ...["localStorage", "sessionStorage", "indexedDB", "caches"].map(viaStored),
        ...["event", "name", "status", "top", "parent", "self", "length", "play", "looks", "words"],
      ],
      "no-restricted-properties": [
        "error",
        ...["localStorage", "sessionStorage", "indexedDB"].map((property) => ({
          property,
          message: STORED,
        })),
        { object: "document", property: "cookie", message: STORED },
        ...["pushState", "replaceState"].map((property) => ({
          property,
          message: "Entries of the history are written by kit/entries.js.",
        })),
        { property: "innerHTML", message: "What models write becomes text nodes, never markup." },
      ],
      "no-restricted-syntax": [
        "error",
        {
          selector:
            "CallExpression[callee.property.name='addEventListener'] > Literal[value=/^key/]",
          message: "Keys are heard by onKey of kit/keys.js: an input method takes some for itself.",
        },
        {
          selector: "AssignmentExpression > MemberExpression.left[property.name=/^onkey/]",
          message: "Keys are heard by onKey of kit/keys.js: an input method takes some for itself.",
        },
        {
          selector: "Property[key.name=/^onkey(up|press)$/]",
          message: "Keys are heard by onkeydown, which `el` gives to onKey of kit/keys.js.",
        },
      ],
      "no-shadow": ["error", { builtinGlobals: false }],
      "no-unused-vars": ["error", { args: "after-used", caughtErrors: "none" }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["playground/web/kit/stored.js", "playground/web/kit/entries.js"],
    rules: { "no-restricted-globals": "off", "no-restricted-properties": "off" },
  },
  { files: ["playground/web/kit/keys.js"], rules: { "no-restricted-syntax": "off" } },
  {
    files: ["tests/js/**/*.js"],
    languageOptions: { ecmaVersion: 2023, sourceType: "module", globals: globals.node },
    rules: { "max-len": ["error", { code: 100 }], "no-unused-vars": "error", "no-var": "error" },
  },
];
