/** What `make lint` asks of our JavaScript, here and in the widgets. Run from the root of the repository: npm's eslint looks at nothing above its own folder. */

import js from "@eslint/js";

// What pages have; a name that is not here is a misspelling, until proved otherwise.
const PAGE = [
  "addEventListener", "atob", "Blob", "cancelAnimationFrame", "clearInterval", "clearTimeout", "console", "CustomEvent", "DecompressionStream", "devicePixelRatio",
  "document", "Event", "fetch", "getComputedStyle", "getSelection", "IntersectionObserver", "KeyboardEvent", "matchMedia", "MessageChannel", "MutationObserver",
  "navigator", "performance", "queueMicrotask", "requestAnimationFrame", "ResizeObserver", "Response", "setInterval", "setTimeout", "TextEncoder", "TextDecoder", "URL", "window",
];

export default [
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: Object.fromEntries(PAGE.map(name => [name, "readonly"])) },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "eqeqeq": ["error", "always", { null: "ignore" }],
      "no-console": "error",
      "no-shadow": "error",
      "no-unused-expressions": ["error", { allowShortCircuit: true, allowTernary: true }],
      "no-use-before-define": ["error", { functions: false, classes: true, variables: false }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  {
    files: ["revbench/bench/pages/*.js"],       // pages whose functions Python calls, over the stepper as a module
    languageOptions: { sourceType: "script", globals: { stepper: "readonly" } },
    rules: { "no-unused-vars": ["error", { vars: "local" }] },
  },
];
