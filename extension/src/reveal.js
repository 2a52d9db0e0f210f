/** Goes to a line of a cell where somebody asks for it (`revbench:reveal`). */

import { notebookOf } from "./lines.js";

export function followReveals(app, notebooks) {
  document.addEventListener("revbench:reveal", async ({ target, detail: { name, line } }) => {
    const notebook = notebookOf(notebooks, target, name);
    const id = notebook?.idOf(name);
    if (id === undefined) return;
    const { panel } = notebook;
    const index = panel.content.widgets.findIndex(cell => cell.model.id === id);
    app.shell.activateById(panel.id);
    panel.content.activeCellIndex = index;
    await panel.content.scrollToItem(index, "smart");
    notebook.edit(id, view => {
      const { from } = view.state.doc.line(Math.min(line, view.state.doc.lines));
      view.dispatch({ selection: { anchor: from }, scrollIntoView: true });
      view.focus();
    });
  });
}
