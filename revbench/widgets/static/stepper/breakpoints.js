/** Breakpoints on lines: the model's list, and the events by which others hear and set them. */

import { h, setText } from "./dom.js";

/** What a breakpoint asks for besides its line, in words. */
export const termsOf = b => [b.condition && `if ${b.condition}`, b.hits > 1 && `from hit ${b.hits} on`].filter(Boolean).join(" ");

/** `program()` and `onChange()`: what is shown, and what to do when the list is another. */
export function breakpointList({ model, root, program, onChange }) {
  const all = () => model.get("breakpoints") ?? [];
  const lines = source => all().filter(b => b.line && b.source === source && b.enabled !== false).map(b => b.line).sort((a, b) => a - b);
  const told = new Map();

  function put(list) {
    model.set("breakpoints", list);
    model.save_changes();
  }

  /** Lines of a source that can have one: those that do something in this program. */
  const reach = source => [...new Set(program().rows.filter(row => row.source === source && row.kind !== "begin" && row.kind !== "end").map(row => row.line))];

  /** Say for each source whose lines are others than last time which they are, and which lines this program knows at all. */
  function tell(again = false) {
    if (again === true) told.clear();
    const sources = program()?.sources ?? [];
    sources.forEach(({ name }, index) => {
      const found = lines(index);
      if ((told.get(name) ?? "") === found.join()) return;
      told.set(name, found.join());
      root.dispatchEvent(new CustomEvent("revbench:breakpoints", { bubbles: true, composed: true, detail: { name, lines: found, reach: reach(index) } }));
    });
    onChange();
  }

  const onSet = ({ detail, target }) => {
    if (root.closest(".jp-Notebook") && target !== document && !target.contains(root)) return;      // said in another notebook
    const index = (program()?.sources ?? []).findIndex(({ name }) => name === detail?.name);
    if (index < 0) return;
    const known = reach(index);
    const wanted = detail.lines.filter(line => known.includes(line));
    const isWanted = b => wanted.includes(b.line);
    // Those of the notebook join those that are here (`more`), or are all that there are; what is off has no mark there, and stays.
    const kept = all().filter(b => detail.more || b.source !== index || !b.line || b.enabled === false || isWanted(b));
    const list = kept.map(b => (!detail.more && b.source === index && b.enabled === false && isWanted(b) ? { ...b, enabled: true } : b));
    const added = wanted.filter(line => !kept.some(b => b.source === index && b.line === line));
    if (list.length === all().length && !added.length && list.every((b, i) => b === all()[i])) return;
    put([...list, ...added.map(line => ({ line, source: index, condition: "", hits: 1, enabled: true }))]);
  };
  document.addEventListener("revbench:set-breakpoints", onSet);
  model.on("change:breakpoints", tell);

  return {
    enabled: () => all().filter(b => b.enabled !== false),
    all,
    tell,
    toggle(source, line) {
      const kept = all().filter(b => b.line !== line || b.source !== source);
      put(kept.length < all().length ? kept : [...all(), { line, source, condition: "", hits: 1, enabled: true }]);
    },
    sourceOf: b => program()?.sources[b.source],
    enable: (index, enabled) => put(all().map((b, i) => (i === index ? { ...b, enabled } : b))),
    remove: index => put(all().filter((_, i) => i !== index)),
    close() {
      document.removeEventListener("revbench:set-breakpoints", onSet);
      model.off("change:breakpoints", tell);
    },
  };
}

/** All breakpoints of a list, each to be switched off and on, gone to (`onReveal(source's name, line)`) and removed. */
export function breakpointTable(list, onReveal) {
  const rows = h("ul", { class: "rvb-stops" });
  const empty = h("p", { class: "rvb-empty" }, "none: a click beside a line sets one");
  const element = h("section", { class: "rvb-stop-list", "aria-label": "breakpoints" }, h("div", { class: "rvb-heading" }, "breakpoints"), rows, empty);

  function makeRow() {
    const row = { index: 0, place: null };
    row.box = h("input", { type: "checkbox", onchange: () => list.enable(row.index, row.box.checked) });
    row.where = h("button", { type: "button", class: "rvb-name", onclick: () => row.place && onReveal(...row.place) });
    row.code = h("code", { class: "rvb-stop-code" });
    row.gone = h("button", { type: "button", class: "rvb-close", onclick: () => list.remove(row.index) }, "×");
    row.element = h("li", {}, row.box, row.where, row.code, row.gone);
    return row;
  }

  const made = [];
  return {
    element,
    paint() {
      const all = list.all();
      empty.hidden = all.length > 0;
      while (made.length < all.length) { made.push(makeRow()); rows.append(made.at(-1).element); }
      while (made.length > all.length) made.pop().element.remove();
      all.forEach((b, index) => {
        const row = made[index];
        const source = b.line ? list.sourceOf(b) : null;
        row.index = index;
        row.place = source ? [source.name, b.line] : null;
        row.box.checked = b.enabled !== false;
        const where = b.line ? `line ${b.line}` : "anywhere";
        setText(row.where, where);
        row.where.title = source ? `go to line ${b.line} of ${source.name}` : "";
        row.where.disabled = !source;
        const text = source?.lines[b.line - source.first_line]?.trim() ?? "";
        setText(row.code, [text, termsOf(b)].filter(Boolean).join("  "));
        row.code.title = row.code.textContent;
        row.box.setAttribute("aria-label", `breakpoint ${where} on`);
        row.gone.setAttribute("aria-label", `remove the breakpoint ${where}`);
      });
    },
  };
}
