/** The slider over the run, with what is known of it. */

import { short, grouped } from "./numbers.js";
import { stopsIn } from "./walks.js";
import { erasurePath } from "./erasure.js";
import { AXIS, MOST_TICKS, overview, history, historyPath } from "./pictures.js";
import { h, svg, setText, plainSaid, setAttribute, setPaths } from "./dom.js";

const HISTORY_HEIGHT = 40;
const ERASED_HEIGHT = 12;

/** The slider with the run at a glance under it, and the history of the watched variable. */
export function timelineView({ onMoment, onUnwatch, onUnmark }) {
  const slider = h("input", {
    type: "range", min: 0, step: 1, class: "rvb-slider", "aria-label": "moment", "data-action": "slide", title: "the moment: drag to any step of the run",
    oninput: () => onMoment(Number(slider.value)),
  });
  const band = svg("svg", { class: "rvb-band", viewBox: `0 0 ${AXIS} 14`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const erased = svg("svg", { class: "rvb-erased-line", viewBox: `0 0 ${AXIS} ${ERASED_HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" });
  const flags = h("div", { class: "rvb-flags" });
  const line = svg("svg", { class: "rvb-history-line", viewBox: `0 0 ${AXIS} ${HISTORY_HEIGHT}`, preserveAspectRatio: "none" });
  const plot = svg("g");
  const cursor = svg("path", { class: "rvb-cursor" });
  line.append(plot, cursor);
  const name = h("b", {});
  const range = h("span", {});
  const legend = h("div", { class: "rvb-legend" }, name, range,
    h("button", { type: "button", class: "rvb-close", "aria-label": "stop following", title: "stop following", onclick: onUnwatch }, "×"));
  const plotBox = h("div", { class: "rvb-history", hidden: true, title: "click: go there" }, legend, line);
  let total = 0;
  line.addEventListener("click", event => {
    const box = line.getBoundingClientRect();
    onMoment(Math.round((total * (event.clientX - box.left)) / box.width));
  });
  return {
    element: h("div", { class: "rvb-timeline" }, slider, h("div", { class: "rvb-bands", title: "the run: forward (above), backward (below), turns of loops as lines; breakpoints red, bookmarks as flags" }, band, flags), h("div", { title: "bits erased over the run" }, erased), plotBox),
    /** Bookmarks, as flags that go there. */
    flag(bookmarks, length) {
      flags.replaceChildren(...bookmarks.map(([moment, note]) => h("button", {
        type: "button", class: "rvb-flag", style: `left: ${(100 * moment) / Math.max(length, 1)}%`, "data-bookmark": moment,
        title: `${note || "bookmark"}, moment ${grouped(moment)} (Delete removes it)`, "aria-label": `bookmark at moment ${grouped(moment)}${note ? `: ${note}` : ""}`,
        onclick: () => onMoment(moment),
        onkeydown: event => { if (event.key === "Delete" || event.key === "Backspace") { event.stopPropagation(); onUnmark(moment); } },
      })));
    },
    /** A new window, total or watch: draw what does not depend on the cursor. */
    redraw(program, playback, length, watch, breakpoints, losses) {
      total = length;
      setAttribute(slider, "max", total);
      const paths = overview(program, playback, total);
      const scale = AXIS / Math.max(total, 1);
      plotBox.hidden = !watch;
      if (watch) {
        const past = watch.past ?? history(program, playback, watch);      // the whole run's, or that of what is recorded here
        const span = watch.past ? { start: past.start, end: total } : playback;
        const { path, low, high } = watch.dims ? { path: "", low: 0, high: 0 } : historyPath(past, span, total, HISTORY_HEIGHT);
        const { moments } = past;
        const marks = moments.length <= MOST_TICKS ? Array.from(moments, t => `M${(t * scale).toFixed(2)} 8v6`).join("") : "";
        paths.changes = marks;
        setText(name, watch.label);
        const count = past.count ?? moments.length;
        const isPart = !watch.past && (playback.start > 0 || playback.end < total);
        const times = `${grouped(count)} change${count === 1 ? "" : "s"}${isPart ? " in what is recorded here" : ""}`;
        const numbers = !watch.dims && high >= low ? ` · ${short(low, watch.dtype)} to ${short(high, watch.dtype)}` : "";
        setText(range, times + numbers);
        setPaths(plot, { trend: path });
        line.style.display = watch.dims ? "none" : "";
      }
      paths.stops = stopsIn(program, playback, breakpoints, MOST_TICKS).map(t => `M${(t * scale).toFixed(2)} 0v14`).join("");
      setPaths(band, paths);
      const loss = erasurePath(losses, playback, total, ERASED_HEIGHT);
      setPaths(erased, { loss });
      erased.style.display = loss ? "" : "none";
    },
    update(moment, words) {
      if (Number(slider.value) !== moment) slider.value = moment;
      slider.style.setProperty("--rvb-done", `${(100 * moment) / Math.max(total, 1)}%`);
      setAttribute(slider, "aria-valuetext", plainSaid(words));
      const x = ((AXIS * moment) / Math.max(total, 1)).toFixed(2);
      setAttribute(cursor, "d", `M${x} 0V${HISTORY_HEIGHT}`);
    },
  };
}
