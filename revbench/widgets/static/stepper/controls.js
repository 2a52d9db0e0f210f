/** The second row of the bar: walks over and out of calls, to breakpoints and conditions, and what else can be asked. */

import { h, setText, setAttribute } from "./dom.js";
import { iconButton, group } from "./bar.js";
import { menu } from "./menu.js";
import { KEYS } from "./keys.js";

const QUESTIONS = [
  ["origin_of_nan", "First NaN", {}, "go to the instruction that wrote it"],
  ["origin_of_nan", "First infinity", { infinite: true }, "go to the instruction that wrote it"],
  ["dirt", "First round-off on the way back", {}, "run there and back; go to the first statement that leaves more than 1e-12"],
  ["check_step", "Check this derivative", {}, "<Jv, w> = <v, J'w> for the statement at the cursor of a gradient's way back"],
  ["check_steps", "Check all derivatives from here", {}, "go to the first statement whose derivative is wrong"],
];

/** What the kernel is busy with, in words. */
const busyText = ({ what, details }) => (what === "gradients" ? (details.check ? "compiling, comparing with differences" : "walking the run") : what.replaceAll("_", " "));

/** `actions`: over, out, run (each with `back`), ask(what, arguments), mark, stop. */
export function controlsView(actions) {
  const button = (action, label, onclick) => iconButton(action, label, onclick).element;
  const box = h("input", {
    type: "text", class: "rvb-until", placeholder: "run until: abs(x.bar) > 1e6, or a line", "aria-label": "run until a condition holds, or to a line", spellcheck: "false",
    title: "a condition on values and cotangents, or a line number: Enter runs there, Shift+Enter rewinds",
  });
  const stop = h("button", { type: "button", class: "rvb-stop", "data-action": "stop", title: "interrupt the kernel", hidden: true, onclick: actions.stop }, "■ Stop");
  const progress = h("span", { class: "rvb-progress", role: "status" });
  const questions = menu({
    label: "Ask", title: "questions to the whole run", name: "ask",
    items: QUESTIONS.map(([what, label, details, title]) => ({ label, title, kernel: true, name: label, onclick: () => actions.ask(what, details) })),
  });
  const help = menu({
    label: "?", title: "keys", name: "help",
    content: h("div", { class: "rvb-keys", role: "list" }, ...KEYS.map(([key, text]) => h("div", { class: "rvb-key", role: "listitem" }, h("span", {}, key), h("span", {}, text)))),
  });
  const element = h("div", { class: "rvb-top rvb-controls", role: "toolbar", "aria-label": "walks and questions" },
      group("calls", button("out-back", "out of this function, backward (Alt+Shift+F11 or Shift+o)", () => actions.out(true)),
        button("over-back", "over a call, backward (Alt+F10)", () => actions.over(true)),
        button("over", "over a call (F10)", () => actions.over(false)), button("out", "out of this function (Shift+F11 or o)", () => actions.out(false))),
      group("run", button("rewind", "rewind to a breakpoint or to what the box says (Alt+F9 or Shift+r)", () => actions.run(true)),
        box, button("run", "run to a breakpoint or to what the box says (F9 or r)", () => actions.run(false))),
      questions.element, button("mark", "bookmark this moment (m)", actions.mark), help.element, stop, progress);
  const named = Object.fromEntries([...element.querySelectorAll("[data-action]")].map(each => [each.dataset.action, each]));
  return {
    element, box, help, menus: [questions, help],
    /** What the box says: a line, a condition, or nothing. */
    until() {
      const text = box.value.trim();
      return /^\d+$/.test(text) ? Number(text) : text || null;
    },
    /** At an end of the run there is nowhere to go on to; `marked`: a bookmark lies here. */
    update({ moment, total, complete, marked }) {
      for (const action of ["out-back", "over-back", "rewind"]) named[action].disabled = moment <= 0;
      for (const action of ["over", "out", "run"]) named[action].disabled = complete && moment >= total;
      setAttribute(named.mark, "aria-pressed", marked);
    },
    busy(state) {
      stop.hidden = !state;
      setText(progress, state ? `${busyText(state)} …${state.seconds ? ` ${state.seconds} s` : ""}` : "");
    },
    close() { questions.close(); help.close(); },
  };
}
