/** Lights the line of the stepper that moved last, in the cell where that line stands. */

import { setLit } from "./lit.js";

/** The notebook that an event comes from; a stepper in a view of its own has none around it, and every one is asked. */
export function notebookOf(notebooks, element, name) {
  const all = [...notebooks];
  return all.find(notebook => notebook.holds(element)) ?? all.find(notebook => notebook.idOf(name) !== undefined);
}

export function followLines(notebooks) {
  const lights = new Map();     // notebook -> the cell that is lit

  const owners = new Map();     // notebook -> the cell with the stepper that moved last

  const light = (notebook, id, place) => {
    const before = lights.get(notebook);
    if (before !== undefined && before !== id) notebook.edit(before, view => view.dispatch({ effects: setLit.of(null) }));
    if (id === undefined) lights.delete(notebook);
    else {
      lights.set(notebook, id);
      notebook.edit(id, view => { if (lights.get(notebook) === id) view.dispatch({ effects: setLit.of(place) }); });
    }
  };

  document.addEventListener("revbench:line", event => {
    const place = event.detail;
    const notebook = notebookOf(notebooks, event.target, place?.name);
    if (!notebook) return;
    owners.set(notebook, notebook.idAt(event.target));
    light(notebook, place ? notebook.freshId(place.name) : undefined, place);
  });

  return {
    /** The outputs of the cell `id` have changed: a stepper that is gone with them stands on no line. */
    onOutputs(notebook, id, outputs) {
      if (outputs.length === 0 && id === owners.get(notebook)) light(notebook, undefined, null);
    },
  };
}
