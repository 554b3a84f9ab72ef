// What a bundler does not notice: names that nobody defines, and what nobody uses.

import globals from "globals";

const rules = {
  "no-undef": "error",
  "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
  "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
  "prefer-const": "error",
  "no-var": "error",
  eqeqeq: ["error", "always", { null: "ignore" }],
};

export default [
  { files: ["src/**/*.js"], languageOptions: { globals: globals.browser }, rules },
  { files: ["*.js", "test/**/*.js"], languageOptions: { globals: globals.node }, rules },
];
