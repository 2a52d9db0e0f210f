/** The gradient panel: cotangents over time, who made a component, whether differences agree. Shown for gradient runs. */

import { short, grouped, numberOf } from "./numbers.js";
import { h, svg, setSaid, setAttribute } from "./dom.js";

const SPARK = { width: 500, height: 28 };

/** Does this run carry cotangents? */
const isGradient = program => !!program?.functions[0]?.symbols.some(symbol => symbol.role === "cotangent");

/** A curve over all moments, broken where it does not exist; `bad`: a bar wherever it is not finite. */
function sparkPaths(moments, values, total) {
  const finite = values.filter(value => value !== null && Number.isFinite(value));
  const low = Math.min(0, ...finite);
  const high = Math.max(0, ...finite);
  const x = k => ((SPARK.width * moments[k]) / Math.max(total, 1)).toFixed(1);
  const y = value => (high > low ? 2 + ((SPARK.height - 4) * (high - value)) / (high - low) : SPARK.height / 2).toFixed(1);
  let trend = "";
  let bad = "";
  let pen = false;
  values.forEach((value, k) => {
    const drawn = value !== null && Number.isFinite(value);
    if (value !== null && !drawn) bad += `M${x(k)} 0v${SPARK.height}`;
    if (drawn) trend += `${pen ? "L" : "M"}${x(k)} ${y(value)}${pen || values[k + 1] != null ? "" : "h1"}`;        // alone it is a dot
    pen = drawn;
  });
  return { trend, bad };
}

/** The first moment from which on a curve is not what it was at its start. */
function firstMove(moments, values) {
  const first = values.findIndex(value => value !== null);
  const k = values.findIndex((value, index) => index > first && value !== null && !Object.is(value, values[first]));
  return moments[Math.max(0, k)];
}

/** `ask(what, arguments)` promises the kernel's reply; `heat` takes [[source, line, share from -1 to 1, text]] for the source, or nothing. */
export function gradientView({ ask, go, say, heat, total }) {
  const status = h("span", { class: "rvb-grad-status", role: "status" });
  const curves = h("div", { class: "rvb-curves", role: "group", "aria-label": "cotangents over time" });
  const list = h("datalist", { id: `rvb-components-${Math.random().toString(36).slice(2)}` });
  const field = h("input", {
    type: "text", class: "rvb-component", list: list.id, "aria-label": "component of the gradient", title: "a component of the gradient; Enter: who made it", placeholder: "x.bar[3]", spellcheck: "false",
    onkeydown: event => {
      if (event.key !== "Enter") return;
      event.preventDefault();
      event.stopPropagation();
      contributions();
    },
  });
  const button = (name, text, title, onclick) => h("button", { type: "button", class: "rvb-menu-button", "data-action": name, "data-kernel": true, title, onclick }, text);
  const parts = h("div", { class: "rvb-contributions" });
  const checks = h("div", { class: "rvb-checks" });
  const content = h("div", { class: "rvb-grad-content" },
    h("p", { class: "rvb-needs-kernel" }, "needs a kernel: cotangents over time, and who made them, are shown in the notebook itself"),
    h("div", { class: "rvb-grad-row" },
      h("label", {}, "component ", field), list, button("contributions", "who made it", "what every line added to this component", contributions),
      button("nan", "first NaN", "to the instruction that wrote the first NaN", () => origin(false)),
      button("infinity", "first infinity", "to the instruction that wrote the first infinity", () => origin(true)),
      button("compare", "compare with differences", "every component beside central differences of the kernel", compare),
      button("checks", "check derivatives from here", "<Jv, w> = <v, J'w> for every statement from here on", steps), status),
    curves, parts, checks);
  const element = h("details", { class: "rvb-gradient", ontoggle: () => { if (element.open && !curves.firstChild) load(); } }, h("summary", { title: "cotangents over time, who made a component, and checks" }, "gradient"), content);
  let cursors = [];
  let here = 0;
  let sources = [];

  /** A reply's data; what went wrong is said, and nothing comes back. */
  async function asked(what, details, words) {
    setSaid(status, `${words} …`);
    const reply = await ask(what, details);
    setSaid(status, reply.kind === "error" ? reply.text : "");
    if (reply.kind === "error") return null;
    return reply;
  }

  async function load() {
    const reply = await asked("gradients", {}, "walking the run");
    if (!reply) return;
    cursors = [];
    curves.replaceChildren(...reply.curves.map(curve => curveRow(curve, reply.moments)));
    list.replaceChildren(...reply.components.map(([place, value]) => h("option", { value: place }, String(value))));
    if (!field.value) field.value = reply.first;
    setSaid(status, reply.text);
    paintCursors();
  }

  function curveRow({ name, function: owner, array, values }, moments) {
    const numbers = values.map(value => (value === null ? null : numberOf(value)));
    const { trend, bad } = sparkPaths(moments, numbers, total());
    const cursor = svg("path", { class: "here" });
    const picture = svg("svg", { class: "rvb-spark", viewBox: `0 0 ${SPARK.width} ${SPARK.height}`, preserveAspectRatio: "none", "aria-hidden": "true" },
      svg("path", { class: "trend", d: trend }), svg("path", { class: "bad", d: bad }), cursor);
    picture.addEventListener("click", event => {
      const box = picture.getBoundingClientRect();
      go(Math.round((total() * (event.clientX - box.left)) / box.width));
    });
    const last = numbers.findLast(value => value !== null);
    cursors.push(cursor);
    const label = array ? `|${name}|` : name;
    const whose = owner ? `local of ${owner}` : "";
    return h("div", { class: "rvb-curve", "data-curve": name },
      h("button", {
        type: "button", class: "rvb-name", title: `${label}${whose ? `, ${whose}` : ""}: go to where it first moves${array ? " (the length of an array)" : ""}`,
        onclick: () => go(firstMove(moments, numbers)),
      }, label), h("span", { class: "rvb-whose" }, whose), picture, h("span", { class: "rvb-figure" }, short(last, "float64")));
  }

  async function contributions() {
    const place = field.value.trim();
    if (!place) return;
    const reply = await asked("contributions", { place }, `who made ${place}`);
    if (!reply) return;
    const lines = reply.lines.map(([line, amount, text, source]) => ({ source, line, amount: numberOf(amount), text }));
    const size = ({ amount }) => (Number.isFinite(amount) ? Math.abs(amount) : Infinity);
    const finite = lines.map(size).filter(Number.isFinite);
    const largest = Math.max(0, ...finite) || 1;
    const share = part => (Number.isFinite(part.amount) ? part.amount / largest : 1);
    heat(lines.map(part => [part.source, part.line, share(part), short(part.amount, "float64")]));
    const sum = lines.reduce((all, { amount }) => all + amount, 0);
    const where = new Map();      // "source:line" -> the moment of its largest contribution
    reply.at_lines.forEach((line, k) => {
      const amount = Math.abs(numberOf(reply.amounts[k]));
      const key = `${reply.at_sources[k]}:${line}`;
      if (!where.has(key) || amount > where.get(key).amount) where.set(key, { amount, moment: reply.moments[k] });
    });
    const largestOf = part => where.get(`${part.source}:${part.line}`);
    const isSeveral = new Set(lines.map(part => part.source)).size > 1;
    const placeText = part => `line ${part.line}${isSeveral && sources[part.source] ? ` of ${sources[part.source].name}` : ""}`;
    const rows = lines.map(part => h("tr", { "data-source": part.source, "data-line": part.line, "data-amount": String(part.amount) },
      h("td", {}, h("button", { type: "button", class: "rvb-name", title: "go to its largest contribution", onclick: () => { if (largestOf(part)) go(largestOf(part).moment); } }, placeText(part))),
      h("td", { class: "rvb-figure" }, short(part.amount, "float64")),
      h("td", {}, h("span", { class: `rvb-share ${part.amount < 0 ? "rvb-negative" : ""}`, style: `width: ${(100 * Math.abs(share(part))).toFixed(0)}px` })),
      h("td", {}, h("code", {}, part.text))));
    parts.replaceChildren(
      h("table", { class: "rvb-grad-table", "aria-label": `who made ${place}` },
        h("thead", {}, h("tr", {}, ...["line", "added", "share", "statement"].map(title => h("th", { scope: "col" }, title)))), h("tbody", {}, ...rows),
        h("tfoot", {}, h("tr", {}, h("th", { scope: "row" }, "sum"), h("td", { class: "rvb-figure", "data-sum": String(sum) }, short(sum, "float64")), h("td", {}),
          h("td", {}, `${place} = ${short(numberOf(reply.total), "float64")}, made by ${grouped(reply.count)} instruction${reply.count === 1 ? "" : "s"}`)))),
      h("button", { type: "button", class: "rvb-close", "aria-label": "take the colours off the source", title: "take the colours off the source", onclick: () => { heat([]); parts.replaceChildren(); } }, "×"));
  }

  async function origin(infinite) {
    const reply = await asked("origin_of_nan", { infinite }, infinite ? "looking for an infinity" : "looking for NaN");
    if (!reply) return;
    go(reply.moment, reply.text);
    setSaid(status, reply.text);
  }

  async function steps() {
    const reply = await asked("check_steps", {}, "checking derivatives");
    if (!reply) return;
    if (!reply.ok) go(reply.moment, reply.text);
    setSaid(status, reply.text);
  }

  async function compare() {
    const reply = await asked("gradients", { check: true }, "compiling, then comparing with differences");
    if (!reply) return;
    const rows = reply.rows.map(([place, got, want, error, ok]) => h("tr", { "data-place": place, "data-ok": String(ok) },
      h("th", { scope: "row" }, place), ...[got, want, error].map(value => h("td", { class: "rvb-figure" }, short(numberOf(value), "float64"))),
      h("td", {}, ok ? "✓ agrees" : "✗ differs")));
    checks.replaceChildren(h("table", { class: "rvb-grad-table", "aria-label": "gradient beside differences" },
      h("thead", {}, h("tr", {}, ...["component", "gradient", "differences", "error", "verdict"].map(title => h("th", { scope: "col" }, title)))), h("tbody", {}, ...rows)));
    setSaid(status, reply.text);
    say(reply.text);
  }

  function paintCursors() {
    const x = ((SPARK.width * here) / Math.max(total(), 1)).toFixed(1);
    for (const cursor of cursors) setAttribute(cursor, "d", `M${x} 0V${SPARK.height}`);
  }

  return {
    element,
    update(moment) {
      here = moment;
      if (element.open) paintCursors();
    },
    /** Another run: nothing that was asked about the last one holds. */
    reset(program) {
      element.hidden = !isGradient(program);
      element.open = false;
      sources = program?.sources ?? [];
      cursors = [];
      field.value = "";
      for (const box of [curves, list, parts, checks]) box.replaceChildren();
      setSaid(status, "");
    },
  };
}

/** Colours source lines: `data-heat` holds the number that stands beside the colour. */
export function heatSource(element, parts) {
  for (const line of element.querySelectorAll("[data-heat]")) {
    line.removeAttribute("data-heat");
    line.style.removeProperty("--rvb-heat");
  }
  for (const [source, number, share, text] of parts) {
    const line = element.querySelector(`.rvb-line[data-source="${source}"][data-line="${number}"]`);
    if (!line) continue;
    line.setAttribute("data-heat", `${share < 0 ? "" : "+"}${text}`);
    line.style.setProperty("--rvb-heat", `${Math.max(8, Math.round(36 * Math.abs(share)))}%`);
    line.style.setProperty("--rvb-heat-colour", share < 0 ? "var(--rvb-brand)" : "var(--rvb-warn)");
  }
}
