/**
 * Reversible cells in JupyterLab 4 and Notebook 7. What a stepper shows below the cell is shown in the cell, too.
 *
 * Steppers speak by DOM events that bubble up to the document (`revbench:line`), so that a step costs no round trip;
 * the kernel's cards and mistakes are read from the outputs of the notebook. Nothing here talks to the kernel.
 */

import { EditorExtensionRegistry, IEditorExtensionRegistry } from "@jupyterlab/codemirror";
import { INotebookTracker } from "@jupyterlab/notebook";

import { lit } from "./lit.js";
import { followLines } from "./lines.js";
import { Notebook } from "./notebooks.js";

const plugin = {
  id: "revbench:plugin",
  description: "Marks in reversible cells",
  autoStart: true,
  requires: [INotebookTracker, IEditorExtensionRegistry],
  activate(app, tracker, editors) {
    editors.addExtension({ name: "revbench:marks", factory: () => EditorExtensionRegistry.createImmutableExtension([lit]) });
    const notebooks = new Set();
    const add = panel => {
      const notebook = new Notebook(panel);
      notebooks.add(notebook);
      panel.disposed.connect(() => notebooks.delete(notebook));
    };
    tracker.forEach(add);
    tracker.widgetAdded.connect((_, panel) => add(panel));
    followLines(notebooks);
  },
};

export default plugin;
