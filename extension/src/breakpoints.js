/** Breakpoints of the gutter and of the steppers are the same: the cell's metadata keep them, and each hears of the other's. */

import { notebookOf } from "./lines.js";
import { savedLines, saveLines } from "./saved.js";

export function followBreakpoints(notebooks) {
  const known = new WeakSet();      // steppers that have been told

  // Sent from the notebook, so that steppers of another one, with a cell of the same name, do not take it for theirs.
  const tell = (notebook, detail) => notebook.panel.node.dispatchEvent(new CustomEvent("revbench:set-breakpoints", { bubbles: true, detail }));

  // A stepper that has just come learns what stands in the gutters.
  document.addEventListener("revbench:line", ({ target, detail }) => {
    if (!detail || known.has(target)) return;
    known.add(target);
    const notebook = notebookOf(notebooks, target, detail.name);
    for (const model of notebook?.models ?? []) {
      const [lines, name] = [savedLines(model), notebook.freshName(model.id)];
      if (lines.length && name) tell(notebook, { name, lines, more: true });
    }
  });

  // A stepper knows lines of its own functions only: what stands beside others of the cell stays.
  document.addEventListener("revbench:breakpoints", ({ target, detail: { name, lines, reach } }) => {
    const notebook = notebookOf(notebooks, target, name);
    const model = notebook?.model(notebook.freshId(name));
    if (!model) return;
    const all = [...lines, ...savedLines(model).filter(line => reach && !reach.includes(line))];
    if (saveLines(model, all)) tell(notebook, { name, lines: all });
  });

  return {
    /** The user has clicked into the gutter of the cell of this model. */
    onToggle(model, lines) {
      const notebook = [...notebooks].find(one => one.models.includes(model));
      const name = notebook?.freshName(model.id);
      if (name) tell(notebook, { name, lines });
    },
  };
}
