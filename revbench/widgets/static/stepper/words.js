/** Steps in words, source in colours. */

import { INTS, FRAME } from "./playback.js";
import { aliveAt, effects, lastMove } from "./decode.js";
import { short, grouped } from "./numbers.js";

/** A statement as it is named in a sentence: `for i in range(3)`, without the colon. */
export const statementText = row => row.text.replace(/:$/, "");

const sizeText = dims => `${dims.map(grouped).join(" × ")} numbers`;

function effectText({ name, old, now, dtype, dims, born, gone }, way) {
  const is = value => (dims ? `${dims.length ? "with " : ""}${sizeText(dims)}` : `at ${short(value, dtype)}`);
  if (born) return `${name} ${way < 0 ? "is back" : "starts"} ${is(now)}`;
  if (gone) return way < 0 ? `${name} is not there yet` : `${name} released${dims ? "" : ` at ${short(old, dtype)}`}`;
  return `${name}: ${short(old, dtype)} → ${short(now, dtype)}`;
}

export function effectsText(list, way = 1) {
  const shown = list.slice(0, 3).map(effect => effectText(effect, way)).join(", ");
  return list.length > 3 ? `${shown} and ${list.length - 3} more` : shown;
}

const WRITES = new Set(["update", "permute", "apply", "unapply"]);

const COTANGENT = /^[\p{L}_][\p{L}\p{N}_]*\.bar[\s[]/u;
const OPPOSITE = { "+=": "-=", "-=": "+=", "*=": "/=", "/=": "*=" };

/** Does a row do the opposite of what stands on its line? */
function isOpposite(program, row) {
  const source = program.sources[row.source];
  const written = source?.lines[row.line - source.first_line]?.trim() ?? "";
  const opposite = row.text.replace(/ ([-+*/]=) /, (all, op) => ` ${OPPOSITE[op]} `);
  return opposite !== row.text && written.startsWith(opposite);
}

/** What a row is there for, where the user has not written it down. */
function partText(program, row, dir) {
  const [word, ...names] = (row.part ?? "").split(/,? /);
  const own = names.filter(name => !name.startsWith("_")).join(", ");
  if (word === "clean") return dir < 0 ? `finding ${own || "it"} again: ` : `cleaning up${own && ` ${own}`}: `;
  if (word === "redo") return "once more: ";
  if (dir < 0 || row.kind !== "update") return word === "undo" ? "undoing it: " : "";
  if (COTANGENT.test(row.text)) return row.fn === 0 ? "where gradients begin: " : "its gradient: ";
  return word === "undo" || isOpposite(program, row) ? "undoing it: " : "";
}

/** A row in words; after it has run, `next` is the row that follows, and `list` what it did. */
function whatText(program, index, dir, next, list) {
  const row = program.rows[index];
  const why = partText(program, row, dir);
  const said = `${why}${dir < 0 ? `undoing ${row.text}` : row.text}`;
  if (dir < 0 || next === null) return said;
  switch (row.kind) {
    case "if": case "until": return `${said} ${next === index + 1 ? "yes" : "no"}`;
    case "else": return "the branch is done";
    case "fi": return `both branches meet: ${row.text}`;
    case "next": return list.some(effect => effect.gone) ? `${why}no further turn` : said;
    case "for": return list.length ? said : `${said} no turn`;
    case "forget": return `${said}: not needed any more`;
    case "assert": return `${said} holds`;
    default: return WRITES.has(row.kind) && !list.length ? `${said}, nothing changes` : said;
  }
}

/** "line 4, s += x[i] ** 2", with the function where there is more than one. */
function rowText(program, index, what) {
  const row = program.rows[index];
  const place = row.source >= 0 && row.line > 0 ? `line ${row.line}` : "";
  const where = program.functions.length > 1 ? [place, program.functions[row.fn].name].filter(Boolean).join(" of ") : place;
  return [where, what.replace(/:$/, "")].filter(Boolean).join(", ");
}

/** Where the last move led to, if to another frame. */
function frameText(program, playback, way) {
  const [from, to] = [playback.moment - way, playback.moment].map(t => playback.at(t));
  const name = program.functions[program.rows[to.row]?.fn]?.name;
  if (from.finished || to.finished || from.ip === to.ip || !name) return "";
  if (way > 0) return `${to.ip > from.ip ? "into" : "back in"} ${name}`;
  return to.ip > from.ip ? `into ${name} from its end` : `out to ${name}`;
}

/** The one-line story of the moment: what has just happened (with `way` -1: what has just been taken back), and how far the run goes. */
export function narrate(program, playback, { total, complete, way = 1 }) {
  const t = playback.moment;
  const step = lastMove(playback, way);
  const here = playback.at(t);
  const parts = [];
  if (step) {
    const list = effects(program, playback, way);
    const next = way < 0 || here.finished || here.ip !== step.ip ? null : here.row;
    const what = whatText(program, step.row, step.dir, next, list);
    parts.push(way < 0 ? `back to step ${grouped(t)} of ${grouped(total)}: took back ${rowText(program, step.row, what)}`
      : `step ${grouped(t)} of ${grouped(total)}: ${rowText(program, step.row, what)}`);
    parts.push(effectsText(list, way), frameText(program, playback, way));
  } else if (t === 0) {
    const next = program.rows[here.row] && !here.finished ? `; next: ${rowText(program, here.row, whatText(program, here.row, here.dir, null, []))}` : "";
    parts.push(`the start, ${grouped(total)} steps to go${next}`);
  } else {
    parts.push(`step ${grouped(t)} of ${grouped(total)}`);
  }
  if (!complete) parts.push(`recorded up to step ${grouped(total)}`);
  else if (t === total) parts.push("the end");
  else if (t === 0 && way < 0) parts.push("the start");
  return parts.filter(Boolean).join(", ");
}

export const CONTROL = new Set(["call", "begin", "end", "if", "else", "fi", "assert", "print", "probe"]);
const BIRTHS = new Set(["enter", "unstash"]);
const DEATHS = new Set(["leave", "stash", "forget"]);
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
        if (mode === "local" && bank === "I") words.set(slot, { ...symbol, id });
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
  const [isBirth, isDeath] = (step.dir > 0 ? [BIRTHS, DEATHS] : [DEATHS, BIRTHS]).map(kinds => kinds.has(row.kind));
  const [was, is] = [t - 1, t].map(moment => aliveAt(program, playback, moment, step));
  let text = "";
  let more = 0;
  for (let j = step.from; j < step.to && more < 1000; j++) {
    const isInt = (playback.addr[j] & 1) === INTS;
    const word = isInt ? words.get((playback.addr[j] >> 1) - step.ip) : undefined;
    if (word === null || (LOOPS.has(row.kind) && !word)) continue;
    const born = word && was && is ? !was.includes(word.id) : isBirth;
    const gone = word && was && is ? !is.includes(word.id) : isDeath;
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
