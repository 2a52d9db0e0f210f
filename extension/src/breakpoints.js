/** Breakpoints of the gutter and of the steppers are the same: each hears of the other's. */

import { notebookOf } from "./lines.js";
import { linesOf, setBreakpoints } from "./reversible.js";

export function followBreakpoints(notebooks) {
  const known = new WeakSet();      // steppers that have been told

  // Sent from the notebook, so that steppers of another one, with a cell of the same name, do not take it for theirs.
  const tell = (notebook, name, lines) =>
    notebook.panel.node.dispatchEvent(new CustomEvent("revbench:set-breakpoints", { bubbles: true, detail: { name, lines } }));

  // A stepper that has just come learns what stands in the gutter.
  document.addEventListener("revbench:line", ({ target, detail }) => {
    if (!detail || known.has(target)) return;
    known.add(target);
    const notebook = notebookOf(notebooks, target, detail.name);
    notebook?.edit(notebook.idOf(detail.name), view => {
      const lines = linesOf(view.state);
      if (lines.length) tell(notebook, detail.name, lines);
    });
  });

  document.addEventListener("revbench:breakpoints", ({ target, detail }) => {
    const notebook = notebookOf(notebooks, target, detail.name);
    notebook?.edit(notebook.idOf(detail.name), view => {
      const lines = [...detail.lines].sort((a, b) => a - b);
      if (linesOf(view.state).join() !== lines.join()) view.dispatch({ effects: setBreakpoints.of({ lines }) });
    });
  });

  return {
    /** The user has clicked into the gutter of the cell around `view`. */
    onToggle(view, lines) {
      for (const notebook of notebooks) {
        const id = notebook.idAt(view.dom);
        if (id === undefined) continue;
        const name = notebook.nameOf(id);
        if (name) tell(notebook, name, lines);
      }
    },
  };
}
