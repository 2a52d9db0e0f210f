/** Breakpoints on lines: the model's list, and the events by which others hear and set them. */

import { isPlain } from "./walks.js";

/** `program()` and `onChange()`: what is shown, and what to do when the list is another. */
export function breakpointList({ model, root, program, onChange }) {
  const all = () => model.get("breakpoints") ?? [];
  const lines = source => all().filter(b => b.line && b.source === source && b.enabled !== false).map(b => b.line).sort((a, b) => a - b);
  let told = new Map();

  function put(list) {
    model.set("breakpoints", list);
    model.save_changes();
  }

  /** Say for each source whose lines are others than last time which they are. */
  function tell() {
    const sources = program()?.sources ?? [];
    sources.forEach(({ name }, index) => {
      const found = lines(index);
      if ((told.get(name) ?? "") === found.join()) return;
      told.set(name, found.join());
      root.dispatchEvent(new CustomEvent("revbench:breakpoints", { bubbles: true, composed: true, detail: { name, lines: found } }));
    });
    onChange();
  }

  const onSet = ({ detail, target }) => {
    if (root.closest(".jp-Notebook") && target !== document && !target.contains(root)) return;      // said in another notebook
    const index = (program()?.sources ?? []).findIndex(({ name }) => name === detail?.name);
    if (index < 0) return;
    const runs = new Set(program().rows.filter(row => row.source === index && row.kind !== "begin" && row.kind !== "end").map(row => row.line));
    const wanted = detail.lines.filter(line => runs.has(line));
    const kept = all().filter(b => b.source !== index || !b.line || (wanted.includes(b.line) || !isPlain(b)));
    const added = wanted.filter(line => !kept.some(b => b.source === index && b.line === line));
    if (kept.length === all().length && !added.length) return;
    put([...kept, ...added.map(line => ({ line, source: index, condition: "", hits: 1, enabled: true }))]);
  };
  document.addEventListener("revbench:set-breakpoints", onSet);
  model.on("change:breakpoints", tell);

  return {
    enabled: () => all().filter(b => b.enabled !== false),
    all,
    tell,
    toggle(source, line) {
      const kept = all().filter(b => b.line !== line || b.source !== source);
      put(kept.length < all().length ? kept : [...all(), { line, source, condition: "", hits: 1, enabled: true }]);
    },
    close() {
      document.removeEventListener("revbench:set-breakpoints", onSet);
      model.off("change:breakpoints", tell);
    },
  };
}
