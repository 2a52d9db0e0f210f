/**
 * Reversible cells in JupyterLab 4 and Notebook 7. What a stepper shows below the cell is shown in the cell, too.
 *
 * Steppers speak by DOM events that bubble up to the document (`revbench:line`, `revbench:breakpoints`), so that a step
 * costs no round trip; the kernel's cards and mistakes are read from the outputs of the notebook. Nothing here talks to
 * the kernel.
 */

import { ICommandPalette } from "@jupyterlab/apputils";
import { EditorExtensionRegistry, IEditorExtensionRegistry } from "@jupyterlab/codemirror";
import { INotebookTracker } from "@jupyterlab/notebook";

import { followSteppers } from "./active.js";
import { followBreakpoints } from "./breakpoints.js";
import { addCommands } from "./commands.js";
import { followMistakes, forgetful } from "./diagnostics.js";
import { lit } from "./lit.js";
import { followLines } from "./lines.js";
import { Notebook } from "./notebooks.js";
import { addPanel } from "./panel.js";
import { followReveals } from "./reveal.js";
import { reversible } from "./reversible.js";

const plugin = {
  id: "revbench:plugin",
  description: "The line that runs, breakpoints and mistakes in reversible cells, and the state of a run beside them",
  autoStart: true,
  requires: [INotebookTracker, IEditorExtensionRegistry],
  optional: [ICommandPalette],
  activate(app, tracker, editors, palette) {
    const notebooks = new Set();
    const lines = followLines(notebooks);
    const breakpoints = followBreakpoints(notebooks);
    const marks = model => [lit, forgetful, reversible(model, breakpoints.onToggle)];
    editors.addExtension({
      name: "revbench:marks",
      factory: options => EditorExtensionRegistry.createImmutableExtension(marks(options.model)),
    });
    const add = panel => {
      const notebook = new Notebook(panel);
      const mistakes = followMistakes(notebook);
      notebook.onOutputs = (id, outputs) => { mistakes(id, outputs); lines.onOutputs(notebook, id, outputs); };
      notebooks.add(notebook);
      panel.disposed.connect(() => notebooks.delete(notebook));
    };
    tracker.forEach(add);
    tracker.widgetAdded.connect((_, panel) => add(panel));
    const steppers = followSteppers(tracker);
    addCommands(app, palette, steppers, tracker);
    addPanel(app, palette, steppers);
    followReveals(app, notebooks);
  },
};

export default plugin;
