/** Guess the next value: before a step changes something, the learner says what it will be. */

import { effects, shapeOf, textOf } from "./decode.js";
import { short, exact, valueOf } from "./numbers.js";
import { valueText } from "./state.js";
import { statementText } from "./words.js";
import { h, setText, setAttribute } from "./dom.js";

const CLOSE = 1e-4;             // relative: nobody is asked for sixteen digits

/** What the next step will do to a variable with a name, or null; the playback stands where it stood. */
function nextEffect(program, playback) {
  const t = playback.moment;
  if (!playback.reaches(t + 1) || t + 1 > playback.end) return null;
  playback.seek(t + 1);
  const step = playback.step(t + 1);
  const found = effects(program, playback).find(effect => !effect.gone && !(effect.born && (effect.dims || effect.now === 0)));
  playback.seek(t);
  return found ? { ...found, row: program.rows[step.row], undone: step.dir < 0 } : null;
}

/** What was typed, as a number: 0.5, -3, 1e-3, True, nan, inf; or null. */
function typedNumber(text) {
  const word = text.trim().toLowerCase().replace(",", ".");
  const named = { true: 1, false: 0, nan: NaN, inf: Infinity, "-inf": -Infinity };
  if (word in named) return named[word];
  return word && Number.isFinite(Number(word)) ? Number(word) : null;
}

function isRight(guess, value, dtype) {
  const right = valueOf(value, dtype);
  if (!Number.isFinite(right)) return Object.is(guess, right);
  return /^u?int|^bool/.test(dtype) ? guess === right : Math.abs(guess - right) <= CLOSE * Math.max(Math.abs(right), 1e-12);
}

/** An index such as `i`, `2 * i + 1` or `len(x) - 1`, worked out with what is known; or NaN. */
function indexValue(text, variables) {
  const known = name => variables.find(v => v.name === name && !v.absent);
  const number = word => {
    const [, array] = /^len\((\w+)\)$/u.exec(word) ?? [];
    if (array) return known(array)?.dims ? shapeOf(known(array))[0] : NaN;
    const scalar = known(word);
    return /^\d+$/.test(word) ? Number(word) : scalar && !scalar.dims ? valueOf(scalar.value, scalar.dtype) : NaN;
  };
  const product = factors => factors.split("*").reduce((value, factor) => value * number(factor), 1);
  const terms = text.replace(/\s/g, "").match(/[+-]?[^+-]+/g) ?? [];
  return terms.reduce((sum, term) => sum + (term.startsWith("-") ? -1 : 1) * product(term.replace(/^[+-]/, "")), 0);
}

/** The elements of an array that a statement mentions: "t[0] = 2.5"; none where an index is not known. */
function elementsIn(text, array, variables, banks) {
  const shape = shapeOf(array);
  const found = new Map();
  for (const [, name, inside] of text.matchAll(/(?<![.\p{L}\p{N}_])([\p{L}_][\p{L}\p{N}_]*)\[([^[\]]+)\]/gu)) {
    if (name !== array.name) continue;
    const index = inside.split(",").map((part, d) => { const k = indexValue(part, variables); return k < 0 ? k + shape[d] : k; });
    if (index.length !== shape.length || !index.every((k, d) => Number.isInteger(k) && k >= 0 && k < shape[d])) continue;
    found.set(`${name}[${index.join(", ")}]`, index.reduce((flat, k, d) => flat * shape[d] + k, 0));
  }
  return [...found].map(([place, flat]) => `${place} = ${textOf(array, banks, short, flat)}`);
}

/** The values of what a statement mentions: "s = 9, i = 1, t[1] = 4". */
function mentioned(row, variables, banks) {
  const words = new Set(row.text.match(/[\p{L}_][\p{L}\p{N}_]*/gu) ?? []);
  return variables.filter(v => words.has(v.name) && !v.absent).flatMap(v => {
    if (!v.dims) return [`${v.name} = ${textOf(v, banks, short)}`];
    if (v.length <= 6) return [`${v.name} = ${valueText(v, banks)}`];
    const few = elementsIn(row.text, v, variables, banks);
    return few.length ? few : [`${v.name} = ${shapeOf(v).join(" × ")} numbers`];
  }).join(", ");
}

/** `now` gives {program, playback, state}; `step` takes the step that was asked about, `onTurn` hears of on and off: what lies ahead is secret meanwhile. */
export function guessView({ now, step, say, done, onTurn }) {
  let on = false;
  let told = false;             // the verdict is about the move that comes now
  let asked = null;             // the effect that is asked for
  let right = 0;
  let all = 0;
  const question = h("span", { class: "rvb-question" });
  const values = h("span", { class: "rvb-soft" });
  const field = h("input", { type: "text", class: "rvb-new", "aria-label": "your guess", autocomplete: "off", inputmode: "decimal" });
  const score = h("span", { class: "rvb-score", role: "status" });
  const form = h("form", {
    class: "rvb-edit", hidden: true,
    onsubmit: event => { event.preventDefault(); answer(); },
    onkeydown: event => { if (event.key === "Escape") { event.stopPropagation(); event.preventDefault(); skip(); } },
  }, question, field, h("button", { type: "submit", class: "rvb-menu-button", "data-action": "guess-answer" }, "guess"),
  h("button", { type: "button", class: "rvb-menu-button", "data-action": "guess-skip", title: "show it (Escape)", onclick: () => skip() }, "show"), values);
  const verdict = h("span", { class: "rvb-verdict", role: "status" });
  const element = h("section", { class: "rvb-guess", "aria-label": "guess the next value", hidden: true }, form, verdict, score);
  const toggle = h("button", {
    type: "button", class: "rvb-menu-button", "data-action": "guess", "aria-pressed": "false", onclick: () => turn(!on),
    title: "guess the next value: a step forward asks first what it will change",
  }, "Guess");

  function turn(next) {
    on = next;
    asked = null;
    element.hidden = !on;
    form.hidden = true;
    setAttribute(toggle, "aria-pressed", on);
    setText(verdict, on ? "step forward: you are asked for what changes" : "");
    setText(score, all ? `${right} of ${all} right` : "");
    onTurn();
  }

  function leave(text) {
    form.hidden = true;
    asked = null;
    setText(verdict, text);
    done();
    told = true;
    step();
    say(text);
  }

  function answerText() {
    const { name, old, now: value, dtype, born, row, undone } = asked;
    return `${undone ? "undoing " : ""}${statementText(row)}: ${name} ${born ? "starts at" : `goes from ${short(old, dtype)} to`} ${exact(value, dtype)}`;
  }

  function answer() {
    const guess = typedNumber(field.value);
    if (guess === null) { setText(verdict, `“${field.value}” is not a number: 0.5, -3, 1e-3, True, nan`); return; }
    const good = isRight(guess, asked.now, asked.dtype);
    all += 1;
    if (good) right += 1;
    setAttribute(verdict, "data-right", good);
    setText(score, `${right} of ${all} right`);
    leave(`${good ? "✓ right" : `✗ not ${field.value.trim()}`} · ${answerText()}`);
  }

  function skip() {
    if (!asked) return;
    setAttribute(verdict, "data-right", null);
    leave(`shown · ${answerText()}`);
  }

  return {
    element, toggle,
    on: () => on,
    /** A step forward is wanted: is there something to be guessed first? A second one shows it. */
    asks() {
      if (!on) return false;
      if (asked) { skip(); return true; }
      const { program, playback, state } = now();
      asked = playback && nextEffect(program, playback);
      if (!asked) return false;
      const where = asked.row.line > 0 ? `line ${asked.row.line}, ` : "";
      setText(question, `${where}${asked.undone ? "undoing " : ""}${statementText(asked.row)}: what is ${asked.name} then?`);
      setText(values, mentioned(asked.row, state?.frames[0]?.variables ?? [], playback.banks));
      setText(verdict, "");
      form.hidden = false;
      field.value = "";
      field.focus({ preventScroll: true });
      return true;
    },
    /** The cursor has gone elsewhere: the question is void, and so is what was said of an earlier step. */
    moved() {
      if (!told) { setText(verdict, ""); setAttribute(verdict, "data-right", null); }
      told = false;
      if (!asked) return;
      asked = null;
      form.hidden = true;
    },
  };
}
