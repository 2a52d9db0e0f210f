/** Breakpoints of the gutter and of the steppers are the same: each hears of the other's. */

import { breakpoints, linesOf, setBreakpoints } from "./reversible.js";

export function followBreakpoints(notebooks) {
  const known = new WeakSet();      // steppers that have been told
  const chosen = new Map();         // id of a cell -> its lines

  const tell = (name, lines) => document.dispatchEvent(new CustomEvent("revbench:set-breakpoints", { detail: { name, lines } }));

  // A stepper that has just come learns what stands in the gutter.
  document.addEventListener("revbench:line", ({ target, detail }) => {
    if (!detail || known.has(target)) return;
    known.add(target);
    const id = [...notebooks].map(notebook => notebook.idOf(detail.name)).find(Boolean);
    if (chosen.get(id)?.length) tell(detail.name, chosen.get(id));
  });

  document.addEventListener("revbench:breakpoints", ({ detail }) => {
    for (const notebook of notebooks) {
      const id = notebook.idOf(detail?.name);
      if (id === undefined) continue;
      chosen.set(id, detail.lines);
      notebook.edit(id, view => {
        const now = view.state.field(breakpoints, false) ? linesOf(view.state) : null;
        if (now && now.join() !== [...detail.lines].sort((a, b) => a - b).join()) view.dispatch({ effects: setBreakpoints.of({ lines: detail.lines }) });
      });
    }
  });

  return {
    /** The user has clicked into the gutter of the cell around `view`. */
    onToggle(view, lines) {
      for (const notebook of notebooks) {
        const id = notebook.idAt(view.dom);
        if (id === undefined) continue;
        chosen.set(id, lines);
        const name = notebook.nameOf(id);
        if (name) tell(name, lines);
      }
    },
  };
}
