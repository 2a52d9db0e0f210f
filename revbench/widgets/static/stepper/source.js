/** The source, line by line. */

import { highlight } from "./words.js";
import { h, reveal, setAttribute } from "./dom.js";
import { termsOf } from "./breakpoints.js";

/** A panel: a heading, and what scrolls under it. */
export function panel(name, title, ...children) {
  const heading = h("div", { class: "rvb-heading" }, title);
  return { heading, element: h("section", { class: `rvb-panel rvb-${name}`, "aria-label": title }, heading, ...children) };
}

/** The source, line by line. A click goes to the line's next run, with shift to its previous one; on its number, a breakpoint is put. */
export function sourceView(program, { onLine, onBreakpoint }) {
  const runs = new Set(program.rows.map(row => `${row.source}:${row.line}`));
  const lines = new Map();
  const scroller = h("div", { class: "rvb-scroll", role: "grid", "aria-label": "source", tabindex: "-1" });
  program.sources.forEach((source, index) => {
    if (program.sources.length > 1) scroller.append(h("div", { class: "rvb-file", role: "presentation" }, source.name));
    highlight(source.lines).forEach((tokens, i) => {
      const line = source.first_line + i;
      const live = runs.has(`${index}:${line}`);
      const code = h("code", { class: "rvb-code", role: "gridcell" });
      code.append(...tokens.map(([kind, text]) => (kind ? h("span", { class: `rvb-${kind}` }, text) : text)));
      const mark = h("span", { class: "rvb-mark", "aria-hidden": "true" });
      const note = h("span", { class: "rvb-note", role: "gridcell" });
      const gutter = live ? h("button", {
        type: "button", class: "rvb-gutter", tabindex: "-1", "aria-pressed": "false", "aria-label": `breakpoint on line ${line}`, title: "breakpoint",
        onclick: event => { event.stopPropagation(); onBreakpoint(index, line); },
      }, String(line)) : String(line);
      const element = h("div", {
        class: `rvb-line${live ? " rvb-runs" : ""}`, role: "row", "data-source": index, "data-line": line,
        title: live ? "click: go to the next run of this line (shift: the previous one)" : null,
        onclick: event => { if (live) onLine(index, line, event.shiftKey ? -1 : 1); },
      }, h("span", { class: "rvb-lineno", role: "rowheader" }, gutter), mark, h("span", { class: "rvb-text", role: "presentation" }, code, note));
      lines.set(`${index}:${line}`, { element, mark, note, gutter: live ? gutter : null });
      scroller.append(element);
    });
  });
  const { element, heading } = panel("source", "source", scroller);
  heading.textContent = program.sources.length === 1 ? program.sources[0].name : "source";
  let lit = [];
  let tabbed = null;            // the one gutter button that Tab reaches
  const reach = gutter => {
    tabbed?.setAttribute("tabindex", "-1");
    tabbed = gutter;
    tabbed?.setAttribute("tabindex", "0");
  };
  return {
    /** Show which lines have breakpoints: those with a condition or a count hollow, those that are off faint. */
    mark(breakpoints) {
      for (const [key, { gutter }] of lines) {
        if (!gutter) continue;
        const b = breakpoints.find(({ source, line }) => `${source}:${line}` === key);
        const terms = b ? termsOf(b) : "";
        setAttribute(gutter, "aria-pressed", !!b);
        setAttribute(gutter, "data-break", b ? (b.enabled === false ? "off" : terms ? "when" : "on") : null);
        setAttribute(gutter, "title", b ? `${["breakpoint", terms, b.enabled === false && "(off)"].filter(Boolean).join(" ")}: click removes it` : "set a breakpoint");
      }
    },
    /** From one line number to the next, by keyboard. */
    moveGutter(from, way) {
      const all = [...lines.values()].map(({ gutter }) => gutter).filter(Boolean);
      const next = all[Math.max(0, Math.min(all.indexOf(from) + way, all.length - 1))];
      reach(next);
      next.focus({ preventScroll: true });
      reveal(scroller, next.closest(".rvb-line"));
    },
    element,
    /** `next` and `done` are {source, line} or null; `note` is what the done line did, or what taking it back did. */
    update({ next, done, takenBack, note, backward, finished }) {
      for (const line of lit) {
        line.element.className = "rvb-line rvb-runs";
        for (const name of ["data-current", "aria-current"]) line.element.removeAttribute(name);
        line.mark.textContent = "";
        line.note.textContent = "";
      }
      const [nextLine, doneLine] = [next, done].map(place => place && lines.get(`${place.source}:${place.line}`));
      lit = [nextLine, doneLine].filter(Boolean);
      if (doneLine) {
        doneLine.element.classList.add("rvb-done");
        doneLine.mark.textContent = takenBack ? "↶" : "✓";
        doneLine.note.textContent = note;
      }
      if (nextLine) {
        nextLine.element.classList.add("rvb-current");
        nextLine.element.setAttribute("data-current", "true");
        nextLine.element.setAttribute("aria-current", "true");
        if (!finished) nextLine.mark.textContent = backward ? "▲" : "▶";
        reveal(scroller, nextLine.element);
        if (!tabbed?.matches(":focus")) reach(nextLine.gutter);
      }
    },
    close() {},
  };
}
