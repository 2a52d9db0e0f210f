/** What is live: values, cotangents, arrays. */

import { elements, changesOf, countOf, isNew, placeIn, shapeOf, textOf } from "./decode.js";
import { FLOATS } from "./playback.js";
import { complexText, exact, short, barred, labelOf, indexText, grouped } from "./numbers.js";
import { follows } from "./search.js";
import { strip } from "./pictures.js";
import { h, svg, setText, setAttribute, setPaths } from "./dom.js";
import { virtualList } from "./list.js";
import { panel } from "./source.js";

const ROLE_WORDS = {
  const: ["constant", "a constant of the call"], loop: ["loop", "counted by its loop"],
  keeper: ["kept", "kept by the compiler, to find the way back"], temp: ["temporary", "made by the compiler"],
  capture: ["captured", "captured from the notebook"],
};

/** Is NaN or an infinity among a variable's values? They are what people look for. */
const isBad = (variable, values = variable.imag ? [variable.value, variable.imag.value] : [variable.value]) => variable.bank === FLOATS && values.some(value => !Number.isFinite(value));

const typeOf = variable => (variable.complex ? "complex128" : variable.dtype);

/** The absolute values of complex numbers. */
const sizes = values => Float64Array.from({ length: values.length / 2 }, (_, k) => Math.hypot(values[2 * k], values[2 * k + 1]));

/** A value in a cell: digits, or for an array its strip, which opens into a table. */
function valueCell(toggle) {
  const digits = h("span", { class: "rvb-digits" });
  const picture = svg("svg", { class: "rvb-strip", preserveAspectRatio: "none", "aria-hidden": "true" });
  const opener = h("button", { type: "button", class: "rvb-open", onclick: toggle }, picture);
  const content = h("div", { class: "rvb-content" }, digits);
  const cell = h("td", { role: "gridcell", class: "rvb-value" }, content);
  return {
    cell,
    update(variable, banks, marked, isOpen) {
      if (!variable || variable.absent) {
        setText(digits, variable ? "·" : "");
        cell.removeAttribute("title");
        opener.remove();
      } else if (!variable.dims) {
        setText(digits, textOf(variable, banks, short));
        digits.classList.toggle("rvb-bad", isBad(variable));
        setAttribute(cell, "title", `${textOf(variable, banks, exact)}  (${variable.imag ? "complex128" : variable.dtype})`);
        opener.remove();
      } else {
        const values = elements(banks, variable);
        const shape = shapeOf(variable);
        const words = shape.map(grouped).join(" × ");
        const few = countOf(variable) <= 4 && shape.length === 1;
        const list = few ? `[${Array.from({ length: countOf(variable) }, (_, k) => textOf(variable, banks, short, k)).join(", ")}]` : words;
        setText(digits, values.length ? list : `empty${shape.length > 1 ? `, ${words}` : ""}`);
        digits.classList.toggle("rvb-bad", few && isBad(variable, values));
        setAttribute(cell, "title", values.length ? `${few ? `${list}, ` : ""}${typeOf(variable)}, ${words}: click the strip for the table` : `no elements  (${typeOf(variable)})`);
        if (!values.length) { opener.remove(); return; }
        const { width, height, paths } = variable.complex ? strip(sizes(values), shape, marked.map(i => i >> 1)) : strip(values, shape, marked);
        setAttribute(picture, "viewBox", `0 0 ${Math.max(width, 1)} ${height}`);
        picture.style.width = `${Math.max(24, Math.min(width * 10, 128))}px`;
        picture.style.height = `${height}px`;
        setPaths(picture, paths);
        setAttribute(opener, "aria-expanded", isOpen);
        setAttribute(opener, "title", `${isOpen ? "close" : "open"} the table`);
        setAttribute(opener, "aria-label", `${labelOf(variable)}, ${words}: ${isOpen ? "close" : "open"} the table`);
        if (!opener.parentNode) content.append(opener);
      }
    },
  };
}

/** The full precision of a variable, for tooltips and tests: one number, or a list (cut after a thousand). */
export function valueText(variable, banks) {
  if (!variable || variable.absent) return null;
  if (!variable.dims) return textOf(variable, banks, exact);
  const count = countOf(variable);
  const shown = Array.from({ length: Math.min(count, 1000) }, (_, k) => textOf(variable, banks, exact, k));
  return `[${shown.join(", ")}${count > shown.length ? ", ..." : ""}]`;
}

export const CELL_HEIGHT = 22;

/** The table behind a strip: a vector and its bar side by side, a matrix row by row (its bar in a second table). */
function arrayTable() {
  const holder = h("div", { class: "rvb-arrays" });
  let lists = [];
  let shape = "";
  let shown = [];       // what each list shows: {columns: [variable], width, changed: Map(index -> old)}
  let banks = null;

  const make = () => h("div", { class: "rvb-item", role: "row" });
  function fill(element, row, table) {
    const { columns, width, changed } = table;
    const cells = columns.length > 1 || width === 1 ? columns.length : Math.min(width, 64);
    while (element.children.length > cells + 1) element.lastChild.remove();
    while (element.children.length < cells + 1) element.append(h("span", { role: element.children.length ? "gridcell" : "rowheader" }));
    const dims = shapeOf(columns[0]);
    setText(element.children[0], dims.length > 1 ? indexText(row, dims.slice(0, -1)).replace("]", ", :]") : `[${row}]`);
    for (let c = 0; c < cells; c++) {
      const variable = width === 1 ? columns[c] : columns[0];
      const flat = width === 1 ? row : row * width + c;
      const cell = element.children[c + 1];
      const isThere = flat < countOf(variable);
      const addresses = (variable.complex ? [2 * flat, 2 * flat + 1] : [flat]).map(at => 2 * (variable.cell + at) + variable.bank);
      const olds = addresses.map(address => changed.get(address)).filter(old => old !== undefined);
      const value = isThere ? textOf(variable, banks, exact, flat) : "";
      setText(cell, isThere ? textOf(variable, banks, short, flat) : "");
      setAttribute(cell, "title", olds.length ? `${value}, was ${olds.map(old => exact(old, variable.dtype)).join(", ")}` : value);
      cell.classList.toggle("rvb-bad", isThere && isBad(variable, addresses.map(address => banks[variable.bank][address >> 1])));
      cell.classList.toggle("rvb-lit", olds.length > 0);
    }
  }

  function build(tables) {
    lists.forEach(list => list.close());
    holder.replaceChildren();
    lists = tables.map((table, index) => {
      const list = virtualList({ rowHeight: CELL_HEIGHT, make, draw: (element, row) => fill(element, row, shown[index]) });
      const titles = ["index", ...table.columns.map(labelOf)];
      const head = h("div", { class: "rvb-item rvb-item-head", role: "row" },
        ...titles.map(title => h("span", { role: "columnheader" }, title)));
      const rows = Math.ceil(countOf(table.columns[0]) / table.width);
      list.box.style.height = `${Math.min(8, Math.max(rows, 1)) * CELL_HEIGHT}px`;
      holder.append(h("div", { role: "grid", "aria-label": `elements of ${labelOf(table.columns[0])}`, class: "rvb-array" }, head, list.box));
      list.setCount(rows);
      return list;
    });
  }

  return {
    element: holder,
    update(variable, memory, changes) {
      banks = memory;
      const arrays = [variable, variable.cotangent].filter(v => v?.dims);
      const flat = arrays.every(v => shapeOf(v).length === 1 && countOf(v) === countOf(arrays[0]));
      const tables = flat ? [{ columns: arrays, width: 1 }] : arrays.map(v => ({ columns: [v], width: shapeOf(v).at(-1) || 1 }));
      shown = tables.map(table => ({ ...table, changed: changes }));
      const signature = JSON.stringify(tables.map(({ columns, width }) => [columns.map(v => [v.name, v.dims]), width]));
      if (signature !== shape) build(tables);
      shape = signature;
      lists.forEach((list, index) => {
        const { columns, width } = tables[index];
        const hit = columns.flatMap(v => changesOf(v, changes))[0];
        if (hit) list.show(Math.floor(hit[0] / (columns[0].complex ? 2 : 1) / width));
        list.paint();
      });
    },
    close() { lists.forEach(list => list.close()); },
  };
}

/** What can be asked about a place, small, for pointer and focus; `ask` asks it. */
function placeButtons(name, ask, edit) {
  const button = (action, sign, label, onclick) => h("button", {
    type: "button", class: "rvb-act", "data-action": action, "data-kernel": "", title: label, "aria-label": label, onclick,
  }, sign);
  return h("span", { class: "rvb-acts" },
    button("last-write", "⇤", `last write of ${name}: go back to it`, () => ask("last_write", name)),
    button("next-write", "⇥", `next write of ${name}: go on to it`, () => ask("next_write", name)),
    button("edit", "✎", `what if ${name} were another value?`, edit));
}

/** The line in which another value is typed, below the row: what if it were so? */
function whatIfEditor(variable, isBar, onWhatIf, onClose) {
  const shown = isBar ? variable.cotangent : variable;
  const name = isBar ? `${variable.place}.bar` : variable.place;
  const place = h("input", {
    type: "text", class: "rvb-place", "aria-label": "place", spellcheck: "false", readonly: !shown?.dims,
    value: shown?.dims ? `${name}[${shown.dims.map(() => 0).join(", ")}]` : name,
  });
  const value = h("input", { type: "text", class: "rvb-new", "aria-label": `another value of ${name}`, spellcheck: "false", value: shown && !shown.dims && !shown.absent ? exact(shown.value, shown.dtype) : "" });
  const form = h("form", {
    class: "rvb-edit", "aria-label": `what if ${name}`,
    onsubmit: event => { event.preventDefault(); if (value.value.trim()) onWhatIf(place.value.trim(), value.value.trim()); },
    onkeydown: event => { if (event.key === "Escape") { event.stopPropagation(); onClose(); } },
  }, "what if", place, "=", value, h("button", { type: "submit", class: "rvb-menu-button", "data-action": "what-if", "data-kernel": "" }, "run back"),
    h("button", { type: "button", class: "rvb-close", "aria-label": "close", onclick: onClose }, "×"));
  return { form, focus() { value.focus({ preventScroll: true }); value.select(); } };
}

/** The variables of frame number `depth` (0 runs, the others are its callers). Rows are kept as long as the same names are alive, so that a click never misses. */
function frameTable({ onWatch, open, repaint, acts, depth = 0 }) {
  const body = h("tbody", { role: "rowgroup" });
  const titles = ["name", "value", "was", "x\u0304"].map((title, index) =>
    h("th", {
      role: "columnheader", scope: "col", class: index === 3 ? "rvb-bar" : null,
      title: index === 3 ? "cotangent: how much the result moves when the variable does" : null,
    }, title));
  const element = h("table", { class: "rvb-table", role: "grid" },
    h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, ...titles)), body);
  let rows = [];
  let frame = null;
  const columns = () => (element.classList.contains("rvb-has-bar") ? 4 : 3);       // a cell that is wider would add a column

  function makeRow(variable) {
    const key = () => `${frame.name}:${variable.name}`;
    const toggle = () => {
      if (!open.delete(key())) open.add(key());
      repaint();
    };
    const name = h("button", { type: "button", class: "rvb-name" });
    const tag = h("span", { class: "rvb-role" });
    const row = { variable, value: valueCell(toggle), was: h("td", { role: "gridcell", class: "rvb-was" }), bar: valueCell(toggle), table: null };
    row.bar.cell.classList.add("rvb-bar");
    name.addEventListener("click", () => onWatch(frame, row.variable));
    const first = h("td", { role: "gridcell" }, name, tag);
    row.element = h("tr", { role: "row" }, first, row.value.cell, row.was, row.bar.cell);
    const close = () => { row.editor?.remove(); row.editor = null; };
    const edit = isBar => {
      close();
      const editor = whatIfEditor(row.variable, isBar || !!row.variable.absent, (place, value) => acts.whatIf(place, value, depth), () => { close(); name.focus({ preventScroll: true }); });
      row.editor = h("tr", { class: "rvb-detail", role: "row" }, h("td", { role: "gridcell", colspan: columns() }, editor.form));
      row.element.after(row.editor);
      editor.focus();
    };
    const ask = (what, place) => acts.ask(what, { place, frame: depth });
    if (acts) {
      if (!variable.absent) first.append(placeButtons(variable.place, ask, () => edit(false)));
      if (variable.cotangent) row.bar.cell.append(placeButtons(`${variable.place}.bar`, ask, () => edit(true)));
      row.value.cell.addEventListener("dblclick", () => edit(false));
      row.bar.cell.addEventListener("dblclick", () => edit(true));
    }
    row.detail = h("tr", { class: "rvb-detail", role: "row" });
    row.update = (fresh, { program, playback, changes, watch, way }) => {
      row.variable = fresh;
      const hits = changesOf(fresh, changes);
      const barHits = fresh.cotangent ? changesOf(fresh.cotangent, changes) : [];
      const born = isNew(program, playback, frame, fresh.symbol, way);
      const isOpen = open.has(key()) && !!(fresh.dims || fresh.cotangent?.dims);
      const isWatched = [fresh, fresh.imag, fresh.cotangent, fresh.cotangent?.imag].some(part => follows(watch, part));
      setText(name, fresh.name);
      const [role, roleTitle] = ROLE_WORDS[fresh.role] ?? ["", null];
      setText(tag, role);
      setAttribute(tag, "title", roleTitle);
      const again = fresh.cotangent && !fresh.absent ? `, again for those of ${barred(fresh.name)}` : "";
      setAttribute(name, "title", `${fresh.name}: click to follow its changes${again}`);
      setAttribute(name, "aria-pressed", isWatched);
      setAttribute(row.element, "data-name", fresh.name);
      setAttribute(row.element, "data-value", valueText(fresh, playback.banks));
      setAttribute(row.element, "data-cotangent", fresh.cotangent ? valueText(fresh.cotangent, playback.banks) : null);
      setAttribute(row.element, "data-changed", hits.length || born ? "true" : null);
      setAttribute(row.element, "data-role", fresh.role);
      row.value.cell.classList.toggle("rvb-lit", hits.length > 0 || born);
      row.bar.cell.classList.toggle("rvb-lit", barHits.length > 0);
      row.value.update(fresh, playback.banks, hits.map(([i]) => i), isOpen);
      row.bar.update(fresh.cotangent, playback.banks, barHits.map(([i]) => i), isOpen);
      const was = [wasText(fresh, hits, born), barHits.length ? `x\u0304 ${wasText(fresh.cotangent, barHits, false)}` : ""];
      setText(row.was, was.filter(Boolean).join("; "));
      setAttribute(row.was, "title", row.was.textContent || null);
      if (!isOpen) {
        row.table?.close();
        row.table = null;
        row.detail.remove();
        return;
      }
      if (!row.table) {
        row.table = arrayTable();
        row.detail.replaceChildren(h("td", { role: "gridcell", colspan: columns() }, row.table.element));
      }
      if (!row.detail.isConnected) row.element.after(row.detail);
      row.table.update(fresh.dims ? fresh : fresh.cotangent, playback.banks, changes);
    };
    return row;
  }

  const clear = () => {
    rows.forEach(row => row.table?.close());
    body.replaceChildren();
  };
  return {
    element,
    update(fresh, context) {
      frame = fresh;
      const names = list => list.map(v => v.name + (v.cotangent ? " bar" : "")).join("\n");
      if (names(fresh.variables) !== names(rows.map(row => row.variable))) {
        clear();
        rows = fresh.variables.map(makeRow);
        body.append(...rows.map(row => row.element));
      }
      element.classList.toggle("rvb-has-bar", fresh.variables.some(v => v.cotangent));
      setAttribute(element, "aria-label", `variables of ${fresh.name}`);
      rows.forEach((row, index) => row.update(fresh.variables[index], context));
    },
    close: clear,
  };
}

function wasText(variable, hits, born) {
  if (born) return "new";
  if (!hits.length) return "";
  const [index, old] = hits[0];
  if (variable.imag) {
    const was = new Map(hits);
    return complexText(was.get(0) ?? variable.value, was.get(1) ?? variable.imag.value, short);
  }
  const place = variable.dims ? `${placeIn(variable, index)} ` : "";
  return place + short(old, variable.dtype) + (hits.length > 1 ? `, +${hits.length - 1}` : "");
}

/** The state: the running function's variables, its callers' folded below. */
export function stateView({ onWatch, acts }) {
  const open = new Set();       // "function:variable" whose table is open
  let shown = null;
  const repaint = () => { if (shown) view.update(...shown); };
  const options = { onWatch, open, repaint };
  const top = frameTable({ ...options, acts });
  const empty = h("p", { class: "rvb-empty" }, "nothing is alive here");
  const callers = h("div", { class: "rvb-callers" });
  const more = h("p", { class: "rvb-empty", hidden: true }, "… and more callers");
  const { element, heading } = panel("state", "state", h("div", { class: "rvb-scroll" }, top.element, empty, callers, more));
  const folds = [];

  function makeFold() {
    const table = frameTable({ ...options, acts, depth: folds.length + 1 });
    const summary = h("summary", { title: "the variables of the function that called" });
    return { table, summary, element: h("details", { class: "rvb-fold", ontoggle: repaint }, summary, table.element) };
  }

  const view = {
    element,
    update(state, context) {
      shown = [state, context];
      const [frame, ...others] = state.frames;
      heading.replaceChildren("state", ...(frame ? [" of ", h("b", {}, frame.name)] : []));
      top.element.hidden = !frame?.variables.length;
      empty.hidden = !!frame?.variables.length;
      if (frame) top.update(frame, context);
      while (folds.length < others.length) { folds.push(makeFold()); callers.append(folds.at(-1).element); }
      while (folds.length > others.length) { const fold = folds.pop(); fold.table.close(); fold.element.remove(); }
      folds.forEach((fold, index) => {
        const caller = others[index];
        const line = context.program.rows[caller.row].line;
        setText(fold.summary, `called from ${caller.name}${line > 0 ? `, line ${line}` : ""}`);
        if (fold.element.open) fold.table.update(caller, context);
      });
      more.hidden = !state.moreFrames;
    },
    close() { [top, ...folds.map(fold => fold.table)].forEach(table => table.close()); },
  };
  return view;
}

/** The trace: row t of the list is the step that led to moment t; row 0 is the start. A click goes there. */
