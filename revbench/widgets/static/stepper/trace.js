/** The instructions, one row each. */

import { runsBackward } from "./decode.js";
import { grouped } from "./numbers.js";
import { CONTROL, changeText } from "./words.js";
import { h, setText, setAttribute } from "./dom.js";
import { virtualList } from "./list.js";
import { panel } from "./source.js";
import { CELL_HEIGHT } from "./state.js";

export function traceView({ onMoment, onSearch }) {
  let shown = null;     // {program, playback, moment, total, secret}: what is secret is not told of the steps to come
  const field = h("input", {
    type: "search", class: "rvb-search", placeholder: "search", "aria-label": "search the trace: Enter for the next, Shift+Enter for the previous",
    title: "Enter: next, Shift+Enter: previous",
    onkeydown: event => {
      if (event.key !== "Enter" || !field.value.trim()) return;
      event.stopPropagation();
      event.preventDefault();
      onSearch(field.value.trim(), event.shiftKey ? -1 : 1);
    },
  });
  const make = () => h("div", { class: "rvb-step", role: "row" },
    h("span", { role: "rowheader" }), h("span", { role: "gridcell", class: "rvb-at" }),
    h("code", { role: "gridcell" }), h("span", { role: "gridcell", class: "rvb-change" }));

  function draw(element, index) {
    const { program, playback, moment, secret } = shown;
    const [number, at, code, change] = element.children;
    const step = playback.step(index);
    const row = step && program.rows[step.row];
    setAttribute(element, "data-index", index);
    setAttribute(element, "aria-rowindex", index + 1);
    setAttribute(element, "aria-selected", index === moment);
    element.className = ["rvb-step", index === moment && "rvb-here", index === moment + 1 && "rvb-next",
      index > moment && "rvb-later", row && runsBackward(program, step.row, step.dir) && "rvb-back",
      row && CONTROL.has(row.kind) && "rvb-quiet"].filter(Boolean).join(" ");
    setText(number, grouped(index));
    setText(at, row?.line > 0 ? String(row.line) : "");
    setAttribute(at, "title", row ? `line ${row.line} of ${program.functions[row.fn].name}` : null);
    setText(code, index === 0 ? "start" : row ? (step.dir < 0 ? `↶ ${row.text}` : row.text) : "· · ·");
    const text = !row ? "" : secret && index > moment ? "·" : changeText(program, playback, index);
    setText(change, text);
    const whole = row && [step.dir < 0 ? `undoes ${row.text}` : row.text, text === "·" ? "" : text].filter(Boolean).join("\n");
    setAttribute(element, "title", whole ?? (index ? "not fetched yet: click to go there" : null));
  }

  const list = virtualList({
    rowHeight: CELL_HEIGHT, make, draw,
    onclick: event => {
      const element = event.target.closest?.("[data-index]");
      if (element) onMoment(Number(element.dataset.index));
    },
  });
  const head = h("div", { class: "rvb-step rvb-step-head", role: "row" },
    ...["step", "line", "instruction", "old → new"].map(title => h("span", { role: "columnheader" }, title)));
  const grid = h("div", { class: "rvb-trace-grid", role: "grid", "aria-label": "trace" }, head, list.box);
  const { element, heading } = panel("trace", "trace", grid);
  heading.append(field);
  return {
    element,
    update(next) {
      shown = next;
      grid.style.setProperty("--rvb-digits", `${Math.max(4, grouped(next.total).length + 1)}ch`);
      setAttribute(grid, "aria-rowcount", next.total + 1);
      list.setCount(next.total + 1);
      list.show(next.moment);
    },
    close: list.close,
  };
}
