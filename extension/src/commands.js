/** Commands over the stepper that was used last; their keys stand in the settings, where they can be changed. */

import { isReversible, toggled } from "./reversible.js";

/** Commands: the id, what it is called, and the stepper's button that does it. */
const COMMANDS = [
  ["revbench:forward", "One Step, Also into a Call", "forward"],
  ["revbench:back", "One Step Back", "back"],
  ["revbench:over", "Step over a Call", "over"],
  ["revbench:over-back", "Step Back over a Call", "over-back"],
  ["revbench:out", "Step out of This Function", "out"],
  ["revbench:out-back", "Step Back out of This Function", "out-back"],
  ["revbench:run", "Run to the Next Breakpoint", "run"],
  ["revbench:rewind", "Run Back to the Previous Breakpoint", "rewind"],
  ["revbench:first", "Go to the Beginning of the Run", "first"],
  ["revbench:last", "Go to the End of the Run", "last"],
];

export function addCommands(app, palette, steppers, tracker) {
  for (const [id, label, action] of COMMANDS) {
    app.commands.addCommand(id, {
      label: `Stepper: ${label}`,
      isEnabled: () => steppers.active() !== null,
      execute: () => steppers.active()?.querySelector(`[data-action=${action}]`).click(),
      describedBy: { args: { type: "object", properties: {} } },
    });
    palette?.addItem({ command: id, category: "Reversible Computing" });
  }

  // The gutter is for the pointer; this is the same for the keyboard.
  const editor = () => {
    const view = tracker.currentWidget?.content.activeCell?.editor?.editor;
    return view && isReversible(view.state.sliceDoc(0, 200)) ? view : null;
  };
  app.commands.addCommand("revbench:toggle-breakpoint", {
    label: "Set or Remove a Breakpoint on This Line",
    caption: "On the line of the text cursor, in a reversible cell",
    isEnabled: () => editor() !== null,
    execute: () => {
      const view = editor();
      view?.dispatch({ effects: toggled(view.state, view.state.doc.lineAt(view.state.selection.main.head).number) });
    },
    describedBy: { args: { type: "object", properties: {} } },
  });
  palette?.addItem({ command: "revbench:toggle-breakpoint", category: "Reversible Computing" });
}
