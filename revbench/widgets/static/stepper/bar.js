/** Buttons. */

import { grouped } from "./numbers.js";
import { erasureWords } from "./erasure.js";
import { h, svg, setText, setAttribute } from "./dom.js";

const ICONS = {
  first: "M4 3h2v10H4zM14 3v10L7 8z", back: "M11 3v10L4 8z", play: "M4 3v10l9-5z", pause: "M4 3h3v10H4zM9 3h3v10H9z",
  forward: "M5 3v10l7-5z", last: "M10 3h2v10h-2zM2 3v10l7-5z",
  over: "M2 11a6 6 0 0 1 10.6-3.6L14.5 5v5.6H9l2-2A4 4 0 0 0 4 11zM6.5 11h3v3h-3z",
  "over-back": "M14 11a6 6 0 0 0-10.6-3.6L1.5 5v5.6H7l-2-2A4 4 0 0 1 12 11zM6.5 11h3v3h-3z",
  out: "M8 1.5l4.5 4.5h-3v5h-3V6h-3zM6.5 12.5h3v2h-3z", "out-back": "M8 11.5L3.5 7h3V2.5h3V7h3zM2.5 13h11v1.6h-11z",
  run: "M2 3v10l6-5zM8 3v10l6-5z", rewind: "M14 3v10L8 8zM8 3v10L2 8z", mark: "M4 2h8v12l-4-3-4 3z",
  earlier: "M9 3v4h5v2H9v4L3 8zM1 3h1.6v10H1z", later: "M7 3v4H2v2h5v4l6-5zM13.4 3H15v10h-1.6z",
};

export function iconButton(action, label, onclick) {
  const path = svg("path", { d: ICONS[action] });
  const picture = svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true" }, path);
  const element = h("button", { type: "button", class: "rvb-button", "data-action": action, "aria-label": label, title: label, onclick }, picture);
  return {
    element,
    set(icon, text) {
      setAttribute(path, "d", ICONS[icon]);
      setAttribute(element, "aria-label", text);
      setAttribute(element, "title", text);
    },
  };
}

export const group = (label, ...children) => h("div", { class: "rvb-group", role: "group", "aria-label": label }, ...children);

const SPEEDS = [["2 steps/s", 2], ["6 steps/s", 6], ["30 steps/s", 30], ["run in 10 s", 0]];

/** Buttons, speed, direction and k / N. */
export function barView(actions) {
  const speed = h("select", { class: "rvb-speed", "aria-label": "speed of play", title: "speed of play", onchange: actions.speed },
    ...SPEEDS.map(([name], index) => h("option", { value: index, selected: index === 1 }, name)));
  const buttons = {
    first: iconButton("first", "first moment (Home)", actions.first),
    back: iconButton("back", "step back (left arrow or Alt+F11; up arrow: ten)", actions.back),
    play: iconButton("play", "play (space)", actions.play),
    forward: iconButton("forward", "step forward, also into a call (right arrow or F11; down arrow: ten)", actions.forward),
    last: iconButton("last", "last moment (End)", actions.last),
    earlier: iconButton("earlier", "previous change: click a variable's name first", actions.earlier),
    later: iconButton("later", "next change: click a variable's name first", actions.later),
  };
  const badge = h("span", { class: "rvb-badge", "data-direction": "forward" });
  const meter = h("button", { type: "button", class: "rvb-meter", "data-action": "erased", onclick: actions.erasure });
  const count = h("span", { class: "rvb-count" });
  const title = h("span", { class: "rvb-title" });
  const element = h("div", { class: "rvb-top", role: "toolbar", "aria-label": "stepper" },
    group("move", ...["first", "back", "play", "forward", "last"].map(name => buttons[name].element)),
    group("changes of the followed variable", buttons.earlier.element, buttons.later.element), speed, title, meter, badge, count);
  return {
    element,
    rate: total => SPEEDS[speed.value][1] || Math.max(1, total / 10),
    update({ moment, total, complete, backward, playing, watch, name, erased, erasesLater }) {
      setText(title, name);
      setAttribute(title, "title", `a run of ${name}`);
      for (const action of ["first", "back"]) buttons[action].element.disabled = moment <= 0;
      for (const action of ["forward", "last"]) buttons[action].element.disabled = moment >= total;
      for (const [action, word] of [["earlier", "previous"], ["later", "next"]]) {
        buttons[action].element.disabled = !watch;
        buttons[action].set(action, watch ? `${word} change of ${watch.label}` : `${word} change: click a variable's name first`);
      }
      buttons.play.set(playing ? "pause" : "play", playing ? "pause (space)" : "play (space)");
      setAttribute(buttons.play.element, "aria-pressed", playing);
      const { text, title: why } = erasureWords(erased);
      setText(meter, text);
      setAttribute(meter, "title", erasesLater ? `${why} Click: go to the next erasure.` : why);
      setAttribute(meter, "data-bits", erased);
      meter.disabled = !erasesLater;
      setText(badge, backward ? "◀ backward" : "forward ▶");
      setAttribute(badge, "title", backward ? "the program runs backward here: it undoes statements, last one first" : "the program runs forward here");
      setAttribute(badge, "data-direction", backward ? "backward" : "forward");
      setText(count, `${grouped(moment)} / ${grouped(total)}${complete ? "" : "+"}`);
      setAttribute(count, "title", complete ? "steps done / steps of the run" : "steps done / steps recorded so far: the run goes on");
    },
  };
}
