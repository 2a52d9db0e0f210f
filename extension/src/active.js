/** The stepper that was used last: keys and the side panel are about it. */

const isStepper = element => element.dataset?.revbench === "stepper";

/** `tracker` knows the notebook in front, whose steppers come before those of others. */
export function followSteppers(tracker) {
  let recent = [];              // steppers, the last used first
  const listeners = new Set();

  const active = () => {
    recent = recent.filter(stepper => stepper.isConnected);
    const front = tracker.currentWidget?.node;
    return recent.find(stepper => front?.contains(stepper) || !stepper.closest(".jp-NotebookPanel")) ?? recent[0] ?? null;
  };
  const changed = () => listeners.forEach(listener => listener(active()));

  const use = event => {
    const stepper = event.composedPath().find(isStepper);
    if (!stepper) return;
    if (recent[0] !== stepper) recent = [stepper, ...recent.filter(other => other !== stepper)];
    changed();
  };
  for (const type of ["revbench:line", "pointerdown", "focusin"]) document.addEventListener(type, use, true);
  tracker.currentChanged.connect(changed);

  return { active, changed, onChange: listener => listeners.add(listener) };
}
