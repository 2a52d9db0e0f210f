/** Underlines the mistakes that the outputs of a notebook tell of, until the cell is edited or run again. */

import { diagnosticCount, setDiagnostics } from "@codemirror/lint";
import { EditorView } from "@codemirror/view";

import { MISTAKE_TYPE, told } from "./cells.js";
import { underline } from "./mistakes.js";

/** Typing takes the marks away: they tell of the text that ran. */
export const forgetful = EditorView.updateListener.of(update => {
  if (update.docChanged && diagnosticCount(update.state)) queueMicrotask(() => update.view.dispatch(setDiagnostics(update.view.state, [])));
});

/** Returns what is to be called when the outputs of a cell of the notebook change. */
export function followMistakes(notebook) {
  const marked = new Map();     // cell with the output -> the cell that is underlined

  return (id, outputs) => {
    const mistakes = told(outputs, MISTAKE_TYPE);
    const before = marked.get(id);
    marked.delete(id);
    if (mistakes.length) {
      const { source, cell } = mistakes[0];
      // Text that failed has no card: then it is the cell that ran, if its name is a cell's at all.
      const place = notebook.names.idOf(source, notebook.cells.filter(one => one.id !== id)) ?? (/^cell \d+$/.test(source) ? cell ?? id : undefined);
      if (place !== undefined) {
        marked.set(id, place);
        notebook.edit(place, view => underline(view, mistakes));
      }
    }
    if (before !== undefined && before !== marked.get(id)) notebook.edit(before, view => underline(view, []));
  };
}
