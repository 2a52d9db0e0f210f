/** The side panel: the state of the stepper that was used last, which that stepper draws (`revbench:mirror`). */

import { LabIcon } from "@jupyterlab/ui-components";
import { Widget } from "@lumino/widgets";

// Two triangles, one pointing each way: runs go forward and backward.
const ICON = new LabIcon({
  name: "revbench:panel",
  svgstr: '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" width="16"><path class="jp-icon3 jp-icon-selectable" fill="#616161" d="M11 4v16L2 12zM13 4v16l9-8z"/></svg>',
});

const EMPTY = "Nothing is stepped yet. Run a cell with `%step f(0.0, x)`: its variables and breakpoints will stand here, beside your code.";

class SidePanel extends Widget {
  constructor(steppers) {
    super();
    this.id = "revbench-panel";
    this.addClass("rvb-side");
    this.title.icon = ICON;
    this.title.caption = "revbench: the state of a run";
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", "revbench");
    this.node.tabIndex = -1;
    this.steppers = steppers;
    this.shown = null;          // the stepper that is mirrored
    this.mirror = null;
    steppers.onChange(() => this.isVisible && this.follow());
    this.follow();
  }

  /** Show the active stepper, or how to get one. */
  follow() {
    const stepper = this.isVisible ? this.steppers.active() : null;
    if (stepper && stepper === this.shown) return;
    this.release();
    const detail = { mirror: null, onClose: () => { if (this.shown === stepper) { this.mirror = this.shown = null; this.follow(); } } };
    stepper?.dispatchEvent(new CustomEvent("revbench:mirror", { detail }));
    if (detail.mirror) {
      [this.shown, this.mirror] = [stepper, detail.mirror];
      this.node.replaceChildren(detail.mirror.element);
    } else this.node.replaceChildren(emptyWords());
  }

  release() {
    this.mirror?.close();
    this.mirror = this.shown = null;
  }

  onAfterShow() { this.follow(); }
  onAfterHide() { this.release(); }
  onActivateRequest() { this.node.focus({ preventScroll: true }); }

  dispose() {
    this.release();
    super.dispose();
  }
}

function emptyWords() {
  const words = document.createElement("p");
  words.className = "rvb-side-empty";
  EMPTY.split("`").forEach((part, index) => {
    const piece = index % 2 ? document.createElement("code") : document.createTextNode("");
    piece.textContent = part;
    words.append(piece);
  });
  return words;
}

export function addPanel(app, palette, steppers) {
  const panel = new SidePanel(steppers);
  app.shell.add(panel, "right", { rank: 600, type: "revbench" });
  app.commands.addCommand("revbench:show-panel", {
    label: "Show the State of the Stepper",
    caption: "The variables and breakpoints of the stepper that was used last, in the right sidebar",
    execute: () => app.shell.activateById(panel.id),
    describedBy: { args: { type: "object", properties: {} } },
  });
  palette?.addItem({ command: "revbench:show-panel", category: "Reversible Computing" });
}
