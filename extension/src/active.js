/** The stepper that was used last: keys and the side panel are about it. */

// One that has been closed is none any more; one that is scrolled away may be off the page for a while.
const isStepper = element => element.dataset?.revbench === "stepper";
const MOST = 50;

/** `tracker` knows the notebook in front, whose steppers come before those of others. */
export function followSteppers(tracker) {
  let recent = [];              // steppers, the last used first
  const listeners = new Set();

  const active = () => {
    recent = recent.filter(isStepper).slice(0, MOST);
    const front = tracker.currentWidget?.node;
    const here = stepper => front?.contains(stepper) || (stepper.isConnected && !stepper.closest(".jp-NotebookPanel"));
    return recent.find(here) ?? recent[0] ?? null;
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
