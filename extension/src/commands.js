/** Commands over the stepper that was used last; their keys stand in the settings, where they can be changed. */

/** Commands: the id, what it is called, and the stepper's button that does it. */
const COMMANDS = [
  ["revbench:forward", "Step Forward", "forward"],
  ["revbench:back", "Step Back", "back"],
  ["revbench:run", "Run to the Next Breakpoint", "run"],
  ["revbench:rewind", "Run Back to the Previous Breakpoint", "rewind"],
  ["revbench:first", "Go to the Beginning of the Run", "first"],
  ["revbench:last", "Go to the End of the Run", "last"],
];

export function addCommands(app, palette) {
  let used = null;
  const use = event => {
    const stepper = event.composedPath().find(element => element.dataset?.revbench === "stepper");
    if (stepper) used = stepper;
  };
  for (const type of ["revbench:line", "pointerdown", "focusin"]) document.addEventListener(type, use, true);
  const button = action => (used?.isConnected ? used.querySelector(`[data-action=${action}]`) : null);

  for (const [id, label, action] of COMMANDS) {
    app.commands.addCommand(id, {
      label: `Stepper: ${label}`,
      isEnabled: () => used?.isConnected ?? false,
      execute: () => button(action)?.click(),
      describedBy: { args: { type: "object", properties: {} } },
    });
    palette?.addItem({ command: id, category: "Reversible Computing" });
  }
}
