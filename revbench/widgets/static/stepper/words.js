/** Steps in words, source in colours. */

import { INTS, FRAME } from "./playback.js";
import { effects } from "./decode.js";
import { short, grouped } from "./numbers.js";

function effectText({ name, old, now, dtype, born, gone }) {
  if (born) return `${name} starts at ${short(now, dtype)}`;
  if (gone) return `${name} released at ${short(old, dtype)}`;
  return `${name}: ${short(old, dtype)} → ${short(now, dtype)}`;
}

export function effectsText(list) {
  const shown = list.slice(0, 3).map(effectText).join(", ");
  return list.length > 3 ? `${shown} and ${list.length - 3} more` : shown;
}

/** "line 4, s += x[i] ** 2", with the function where there is more than one. */
function rowText(program, index, dir) {
  const row = program.rows[index];
  const place = row.source >= 0 && row.line > 0 ? `line ${row.line}` : "";
  const where = program.functions.length > 1 ? [place, program.functions[row.fn].name].filter(Boolean).join(" of ") : place;
  const what = dir < 0 ? `undoing ${row.text}` : row.text;
  return [where, what].filter(Boolean).join(", ");
}

/** The one-line story of the moment: what has just happened, and how far the run goes. */
export function narrate(program, playback, { total, complete }) {
  const t = playback.moment;
  const step = playback.step(t);
  const here = playback.at(t);
  const parts = [];
  if (step) {
    const row = program.rows[step.row];
    parts.push(`step ${grouped(t)} of ${grouped(total)}: ${rowText(program, step.row, step.dir)}`);
    const done = effectsText(effects(program, playback));
    if (done) parts.push(done);
    const next = program.rows[here.row];
    if (!here.finished && next && next.fn !== row.fn) {
      parts.push(`${here.ip > step.ip ? "into" : "back in"} ${program.functions[next.fn].name}`);
    }
  } else if (t === 0) {
    const next = program.rows[here.row] && !here.finished ? `; next: ${rowText(program, here.row, here.dir)}` : "";
    parts.push(`the start, ${grouped(total)} steps to go${next}`);
  } else {
    parts.push(`step ${grouped(t)} of ${grouped(total)}`);
  }
  if (!complete) parts.push(`recorded up to step ${grouped(total)}`);
  else if (t === total) parts.push("the end");
  return parts.join(", ");
}

export const CONTROL = new Set(["call", "begin", "end", "if", "else", "fi", "assert", "print", "probe"]);
const LOOPS = new Set(["loop", "until", "again", "for", "next"]);

/** Words of the int frame that a row knows: offset -> symbol, or null for its own bookkeeping. Cached per program. */
const frameWords = (() => {
  const cache = new WeakMap();
  return (program, index) => {
    if (!cache.has(program)) cache.set(program, new Map());
    const rows = cache.get(program);
    if (!rows.has(index)) {
      const words = new Map(Array.from({ length: FRAME.size }, (_, word) => [word, null]));
      const { fn, live, live_after: liveAfter } = program.rows[index];
      for (const id of new Set([...(program.lives[live] ?? []), ...(program.lives[liveAfter] ?? [])])) {
        const { mode, bank, slot, ndim, ...symbol } = program.functions[fn].symbols[id];
        if (mode === "local" && bank === "I") words.set(slot, symbol);
        if (mode === "ref") words.set(slot, null);
        if (mode === "array") for (let word = 0; word <= ndim; word++) words.set(slot + word, null);
      }
      rows.set(index, words);
    }
    return rows.get(index);
  };
})();

/** "old → new" of the step that led to moment t, from the columns alone: rows far from the cursor have no memory. */
export function changeText(program, playback, t) {
  const step = playback.step(t);
  const row = step && program.rows[step.row];
  if (!row || CONTROL.has(row.kind)) return "";
  const words = frameWords(program, step.row);
  const born = row.kind === (step.dir > 0 ? "enter" : "leave");
  const gone = row.kind === (step.dir > 0 ? "leave" : "enter");
  let text = "";
  let more = 0;
  for (let j = step.from; j < step.to && more < 1000; j++) {
    const isInt = (playback.addr[j] & 1) === INTS;
    const word = isInt ? words.get((playback.addr[j] >> 1) - step.ip) : undefined;
    if (word === null || (LOOPS.has(row.kind) && !word)) continue;
    const same = Object.is(playback.before[j], playback.after[j]);
    if (same && !born && !gone) continue;
    if (text) { more++; continue; }
    const dtype = word?.dtype ?? (isInt ? "int64" : "float64");
    const [old, now] = [short(playback.before[j], dtype), short(playback.after[j], dtype)];
    text = born ? `· → ${now}` : gone ? `${old} → ·` : `${old} → ${now}`;
  }
  return more ? `${text}, +${more}` : text;
}

const KEYWORDS = "and as assert del elif else False for def from if import in is lambda None not or pass return True while with";
const TOKEN = new RegExp([
  /(?<comment>#[^\n]*)/.source,
  /(?<string>"""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')/.source,
  /(?<number>\b\d[\w.]*(?:(?<=[eE])[+-]\d+)?)/.source,
  /(?<meta>@[\w.]+|^%%.*$)/.source,
  `(?<keyword>\\b(?:${KEYWORDS.split(" ").join("|")})\\b)`,
].join("|"), "gm");

/** Lines of Python as lists of [kind or "", text]. */
export function highlight(lines) {
  const text = lines.join("\n");
  const result = [[]];
  const put = (kind, piece) => piece.split("\n").forEach((part, index) => {
    if (index) result.push([]);
    if (part) result.at(-1).push([kind, part]);
  });
  let done = 0;
  for (const match of text.matchAll(TOKEN)) {
    put("", text.slice(done, match.index));
    put(Object.keys(match.groups).find(kind => match.groups[kind] !== undefined), match[0]);
    done = match.index + match[0].length;
  }
  put("", text.slice(done));
  return result;
}
