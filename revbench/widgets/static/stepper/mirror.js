/**
 * The state once more, for a panel beside the notebook. Who wants one sends `revbench:mirror` to the stepper and is given it
 * in the event's `detail.mirror`: `{ element, close }`; `detail.onClose` is called when the stepper goes. It costs nothing while nobody has one.
 */

import { h, setText, setSaid, setAttribute } from "./dom.js";
import { grouped } from "./numbers.js";
import { stateView } from "./state.js";
import { group, iconButton } from "./bar.js";
import { breakpointTable } from "./breakpoints.js";

const BUTTONS = [
  ["rewind", "rewind to a breakpoint (Alt+F9)"], ["over-back", "over a call, backward (Alt+F10)"], ["back", "step back (Alt+F11)"],
  ["forward", "step forward, into calls (F11)"], ["over", "over a call (F10)"], ["run", "run to a breakpoint (F9)"],
];

function mirrorView({ root, options, breakpoints }) {
  const title = h("b", {});
  const count = h("span", { class: "rvb-count" });
  const story = h("p", { class: "rvb-mirror-story" });
  const state = stateView(options);
  const stops = breakpointTable(breakpoints, (source, line) => root.dispatchEvent(new CustomEvent("revbench:reveal", { bubbles: true, composed: true, detail: { name: source, line } })));
  const original = action => root.querySelector(`[data-action=${action}]`);
  const buttons = BUTTONS.map(([action, label]) => iconButton(action, label, () => original(action).click()).element);
  const element = h("div", { class: "revbench-stepper rvb-mirror", "data-revbench": "mirror", tabindex: "-1" },
    h("div", { class: "rvb-mirror-head" }, title, count), h("div", { class: "rvb-mirror-buttons" }, group("move", ...buttons)),
    story, state.element, stops.element);
  return {
    element,
    paintBreakpoints: stops.paint,
    say: text => setSaid(story, text),
    update(shown, context, { name, total }) {
      setText(title, name);
      setText(count, `${grouped(shown.moment)} / ${grouped(total)}`);
      setAttribute(element, "data-direction", shown.backward ? "backward" : "forward");
      const focused = element.querySelector(":focus");
      for (const [index, [action]] of BUTTONS.entries()) buttons[index].disabled = original(action).disabled;
      if (focused?.disabled) element.focus({ preventScroll: true });      // else the keys would go to the page
      state.update(shown, context);
    },
    close() { state.close(); element.remove(); },
  };
}

/** `options` and `breakpoints` are what the stepper's own views are made with. */
export function mirrors({ root, options, breakpoints }) {
  const open = new Map();       // mirror -> what to call when the stepper goes
  let last = null;
  let words = "";
  const onAsk = ({ detail }) => {
    const view = mirrorView({ root, options, breakpoints });
    open.set(view, detail.onClose);
    if (last) view.update(...last);
    view.say(words);
    view.paintBreakpoints();
    detail.mirror = { element: view.element, close() { open.delete(view); view.close(); } };
  };
  root.addEventListener("revbench:mirror", onAsk);
  return {
    /** Is this key or click in one of them? */
    hold: event => [...open.keys()].some(view => event.composedPath().includes(view.element)),
    update(...shown) {
      last = shown;
      for (const view of open.keys()) view.update(...shown);
    },
    say(text) {
      words = text;
      for (const view of open.keys()) view.say(text);
    },
    paintBreakpoints() { for (const view of open.keys()) view.paintBreakpoints(); },
    close() {
      root.removeEventListener("revbench:mirror", onAsk);
      for (const [view, onClose] of [...open]) { view.close(); onClose?.(); }
      open.clear();
    },
  };
}
