/**
 * The stepper: one cursor over one run, played back here in the browser.
 *
 * The kernel sends the program once, and a window of the run as typed-array columns: which row ran at each moment and
 * what it wrote. Memory at any moment follows from them, forwards (`after`) and backwards (`before`, found by one scan),
 * so a step costs milliseconds and no round trip; the kernel is asked only for moments outside the window.
 *
 * A moment t in 0..total lies between instructions: instruction t leads from moment t to moment t + 1. So moment t is
 * "after t steps", its trace row is number t, and the lit source line is the one that would run next.
 *
 * From top to bottom: protocol, decoding, words, searching, pictures (all pure), then views, then `render`, which wires.
 */

// ------------------------------------------------------------------------------------------------ protocol

const FLOATS = 0;
const INTS = 1;
const FRAME = { caller: 0, callRow: 2, floatBase: 4, size: 5 };   // words at the start of an int frame
const MOST_FRAMES = 64;

/** A typed array over a buffer from the kernel: a DataView at any offset, an ArrayBuffer, or a typed array. */
export function column(buffer, Type) {
  if (!buffer) return new Type(0);
  if (buffer instanceof Type) return buffer;
  const bytes = ArrayBuffer.isView(buffer) ? buffer : new Uint8Array(buffer);
  const length = Math.floor(bytes.byteLength / Type.BYTES_PER_ELEMENT);
  if (bytes.byteOffset % Type.BYTES_PER_ELEMENT === 0) return new Type(bytes.buffer, bytes.byteOffset, length);
  return new Type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + length * Type.BYTES_PER_ELEMENT));
}

/** One window of a run: its columns, and both memory banks at `moment`, which `seek` moves either way. */
export class Playback {
  constructor(window) {
    this.start = window.start ?? 0;
    this.rows = column(window.rows, Int32Array);
    this.dirs = column(window.dirs, Int8Array);
    this.ips = column(window.ips, Int32Array);
    this.offsets = column(window.offsets, Int32Array);
    this.addr = column(window.addr, Int32Array);
    this.after = column(window.after, Float64Array);
    this.tail = window.tails ?? { row: -1, dir: 1 };
    this.count = this.rows.length;
    this.end = this.start + this.count;
    this.banks = banksWithRoom(column(window.floats, Float64Array), column(window.ints, Float64Array), this.addr);
    this.before = new Float64Array(this.addr.length);
    for (let j = 0; j < this.addr.length; j++) this.before[j] = this.#write(this.addr[j], this.after[j]);
    this.moment = this.end;
    this.seek(this.start);
  }

  #write(addr, value) {
    const bank = this.banks[addr & 1];
    const cell = addr >> 1;
    const old = bank[cell];
    bank[cell] = value;
    return old;
  }

  /** Can moment t be shown from here? */
  reaches(t) { return t >= this.start && t <= this.end; }

  /** ... and the step that led to it, too? (At the first moment of a later window it is one step out of sight.) */
  covers(t) { return this.reaches(t) && (t > this.start || t === 0); }

  /** Move memory to moment t, by redoing or undoing what lies between. */
  seek(t) {
    if (!this.reaches(t)) throw new RangeError(`moment ${t} is outside ${this.start}..${this.end}`);
    const from = this.offsets[this.moment - this.start] ?? 0;
    const to = this.offsets[t - this.start] ?? 0;
    for (let j = from; j < to; j++) this.#write(this.addr[j], this.after[j]);
    for (let j = from - 1; j >= to; j--) this.#write(this.addr[j], this.before[j]);
    this.moment = t;
  }

  /** The row that would run at moment t; after the last one, the row that has just run, marked `finished`. */
  at(t) {
    const k = t - this.start;
    const ip = this.ips[k] ?? 0;
    if (k < this.count) return { row: this.rows[k], dir: this.dirs[k], ip, finished: false };
    if (this.tail.row >= 0) return { ...this.tail, ip, finished: false };
    const last = this.count - 1;
    return { row: this.rows[last] ?? -1, dir: this.dirs[last] ?? 1, ip: this.ips[last] ?? ip, finished: true };
  }

  /** The step that led to moment t: its row, direction, frame and events [from, to); null where none is known. */
  step(t) {
    const k = t - 1 - this.start;
    if (k < 0 || k >= this.count) return null;
    return { row: this.rows[k], dir: this.dirs[k], ip: this.ips[k], from: this.offsets[k], to: this.offsets[k + 1] };
  }
}

function banksWithRoom(floats, ints, addr) {
  const sizes = [floats.length, ints.length];
  for (const a of addr) if ((a >> 1) >= sizes[a & 1]) sizes[a & 1] = (a >> 1) + 1;
  return [floats, ints].map((cells, bank) => {
    const room = new Float64Array(sizes[bank]);
    room.set(cells);
    return room;
  });
}

// ------------------------------------------------------------------------------------------------ decoding

/**
 * What a person sees at the playback's moment: where the run stands, and every frame with its live variables.
 * `frames[0]` is the running function, the others its callers, nearest first.
 */
export function decode(program, playback) {
  const here = playback.at(playback.moment);
  const row = program.rows[here.row];
  const state = {
    moment: playback.moment, row: here.row, dir: here.dir, finished: here.finished,
    backward: !!row && runsBackward(program, here.row, here.dir), frames: [], moreFrames: false,
  };
  if (!row) return state;
  const ints = playback.banks[INTS];
  let ip = here.ip;
  let fn = row.fn;
  let live = liveSymbols(program, here);
  let callRow = here.row;
  for (;;) {
    state.frames.push(decodeFrame(program, playback.banks, { ip, fn, live, row: callRow }));
    const caller = ints[ip + FRAME.caller];
    callRow = ints[ip + FRAME.callRow];
    if (!(callRow >= 0) || !(caller < ip) || !program.rows[callRow]) return state;
    if (state.frames.length === MOST_FRAMES) return { ...state, moreFrames: true };
    ip = caller;
    fn = program.rows[callRow].fn;
    live = program.lives[program.rows[callRow].live];
  }
}

/** Symbols alive where the run stands: on this side of a row that is to come, on the far side of one that has run. */
function liveSymbols(program, { row, dir, finished }) {
  const { live, live_after: liveAfter } = program.rows[row];
  return program.lives[(dir > 0) !== finished ? live : liveAfter] ?? [];
}

/** Is the run on its way back here? By its direction, or because it runs a function that goes back by nature. */
export function runsBackward(program, row, dir) {
  return dir < 0 || /adjoint|inverse/.test(program.functions[program.rows[row].fn].name);
}

function decodeFrame(program, banks, { ip, fn, live, row }) {
  const all = live.map(index => variableOf(program.functions[fn].symbols[index], index, banks, ip));
  const variables = all.filter(v => v.role !== "cotangent");
  const byName = new Map(variables.map(v => [v.name, v]));
  for (const bar of all) {
    if (bar.role !== "cotangent") continue;
    const primal = byName.get(bar.of);
    if (primal && !primal.cotangent) primal.cotangent = bar;
    else variables.push({ name: bar.of ?? bar.name, role: "local", absent: true, symbol: bar.symbol, cotangent: bar });
  }
  return { ip, fn, row, name: program.functions[fn].name, variables };
}

/** A symbol's place in memory now: `cell` (and `dims` of an array) in `bank`. */
function variableOf(symbol, index, banks, ip) {
  const ints = banks[INTS];
  const bank = symbol.bank === "F" ? FLOATS : INTS;
  const at = ip + symbol.slot;
  const variable = {
    symbol: index, name: symbol.name, role: symbol.role, of: symbol.of, dtype: symbol.dtype, bank,
    dims: null, length: 1, cotangent: null,
  };
  if (symbol.mode === "array") {
    const dims = Array.from({ length: symbol.ndim }, (_, d) => ints[at + 1 + d] ?? 0);
    const cell = ints[at] ?? 0;
    const size = dims.reduce((product, n) => product * n, 1);
    const length = size > 0 ? Math.min(size, Math.max(0, banks[bank].length - cell)) : 0;
    return { ...variable, cell, dims, length };
  }
  const local = bank === FLOATS ? (ints[ip + FRAME.floatBase] ?? 0) + symbol.slot : at;
  const cell = symbol.mode === "ref" ? ints[at] ?? 0 : local;
  return { ...variable, cell, value: banks[bank][cell] ?? 0 };
}

/** The elements of an array, in row-major order, as a view into memory. */
export function elements(banks, array) {
  return banks[array.bank].subarray(array.cell, array.cell + array.length);
}

/** What the step that led to moment t changed: address -> the value before. */
export function changesAt(playback, t) {
  const step = playback.step(t);
  const changes = new Map();
  if (!step) return changes;
  for (let j = step.from; j < step.to; j++) {
    if (!changes.has(playback.addr[j])) changes.set(playback.addr[j], playback.before[j]);
  }
  const now = new Map();
  for (let j = step.from; j < step.to; j++) now.set(playback.addr[j], playback.after[j]);
  for (const [addr, value] of now) if (Object.is(value, changes.get(addr))) changes.delete(addr);
  return changes;
}

/** A variable's changed elements as [index, old value]; of a scalar, the index is 0. */
export function changesOf(variable, changes) {
  const found = [];
  if (variable.absent) return found;
  for (const [addr, old] of changes) {
    const index = (addr >> 1) - variable.cell;
    if ((addr & 1) === variable.bank && index >= 0 && index < variable.length) found.push([index, old]);
  }
  return found;
}

/** Did `symbol` come to life with the step that led to moment t? */
function isNew(program, playback, frame, symbol) {
  const step = playback.step(playback.moment);
  if (!step || step.ip !== frame.ip || program.rows[step.row].fn !== frame.fn) return false;
  const row = program.rows[step.row];
  return !(program.lives[step.dir > 0 ? row.live : row.live_after] ?? []).includes(symbol);
}

/** What the step that led to the playback's moment did to variables with a name: {name, old, now, dtype, ...}. */
export function effects(program, playback) {
  const step = playback.step(playback.moment);
  if (!step) return [];
  const row = program.rows[step.row];
  const [before, after] = step.dir > 0 ? [row.live, row.live_after] : [row.live_after, row.live];
  const was = new Set(program.lives[before]);
  const is = new Set(program.lives[after]);
  const symbols = program.functions[row.fn].symbols;
  const known = [...new Set([...was, ...is])].map(index => variableOf(symbols[index], index, playback.banks, step.ip));
  const found = [];
  const seen = new Set();
  for (let j = step.from; j < step.to; j++) {
    const addr = playback.addr[j];
    if (seen.has(addr)) continue;
    seen.add(addr);
    const owner = known.find(v => v.bank === (addr & 1) && (addr >> 1) >= v.cell && (addr >> 1) < v.cell + v.length);
    if (!owner) continue;
    const now = playback.banks[owner.bank][addr >> 1];
    const born = !was.has(owner.symbol);
    const gone = !is.has(owner.symbol);
    if (!born && !gone && Object.is(now, playback.before[j])) continue;
    const name = labelOf(owner) + (owner.dims ? indexText((addr >> 1) - owner.cell, owner.dims) : "");
    found.push({ name, old: playback.before[j], now, dtype: owner.dtype, born, gone });
  }
  return found;
}

// ------------------------------------------------------------------------------------------------ words

const isInteger = dtype => /^u?int/.test(dtype ?? "");

/** The value that a whole number of a number system stands for ("Fixed43", "ULog"); other numbers stand for themselves. */
export function valueOf(value, dtype) {
  const fixed = /^Fixed(\d+)$/.exec(dtype ?? "");
  return fixed ? value / 2 ** fixed[1] : dtype === "ULog" ? Math.exp(value / 2 ** 48) : value;
}

/** A number as Python would write it, in full. */
export function exact(value, dtype) {
  value = valueOf(value, dtype);
  if (dtype === "bool") return value ? "True" : "False";
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) && !isInteger(dtype) ? "-0" : String(value);
}

/** A number in at most six significant digits; whole numbers below 10^9 in full. */
export function short(value, dtype) {
  value = valueOf(value, dtype);
  const size = Math.abs(value);
  if (dtype === "bool" || isInteger(dtype) || !Number.isFinite(value) || value === 0) return exact(value, /^(Fixed|ULog)/.test(dtype ?? "") ? "float64" : dtype);
  if (Number.isInteger(value) && size < 1e9) return String(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(5).replace(/\.?0+e/, "e");
  return String(Number(value.toPrecision(6)));
}

/** The bar of a name: x̄ of one letter, `weights.bar` of a word, where a macron would be lost. */
export function barred(name) {
  return /^\p{L}$/u.test(name) ? `${name}\u0304` : `${name}.bar`;
}

const labelOf = variable => (variable.role === "cotangent" ? barred(variable.of ?? variable.name) : variable.name);

/** The index of element `flat` of a row-major array: "[1, 2]". */
export function indexText(flat, dims) {
  const parts = [];
  for (let d = dims.length - 1; d >= 0; d--) {
    parts.unshift(flat % dims[d]);
    flat = Math.floor(flat / dims[d]);
  }
  return `[${parts.join(", ")}]`;
}

/** 1234567 as "1 234 567", with thin spaces that do not break. */
export const grouped = n => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, n >= 10000 ? "\u202f" : "");

export function effectText({ name, old, now, dtype, born, gone }) {
  if (born) return `${name} starts at ${short(now, dtype)}`;
  if (gone) return `${name} released at ${short(old, dtype)}`;
  return `${name}: ${short(old, dtype)} → ${short(now, dtype)}`;
}

function effectsText(list) {
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

const CONTROL = new Set(["call", "begin", "end", "if", "else", "fi", "assert", "print", "probe"]);
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

// ------------------------------------------------------------------------------------------------ searching

/**
 * A search is a test of moments, with the first moment of a window that it can judge (`needsStep`: it looks at the
 * step that led to a moment, which the first moment of a window does not have).
 */
export function runsLine(program, source, line) {
  return {
    needsStep: false,
    test(playback, t) {
      const { row, finished } = playback.at(t);
      return !finished && program.rows[row]?.source === source && program.rows[row].line === line;
    },
  };
}

/** Does the step that led to a moment run a statement with `text` in it? */
export function mentions(program, text) {
  const wanted = text.toLowerCase();
  const rows = new Set(program.rows.flatMap((row, index) => (row.text.toLowerCase().includes(wanted) ? [index] : [])));
  return { needsStep: true, test: (playback, t) => rows.has(playback.step(t)?.row) };
}

/** Does the step that led to a moment change what is watched: these cells, in this frame or in what it calls? */
export function changesWatched(program, watch) {
  return {
    needsStep: true,
    test(playback, t) {
      const step = playback.step(t);
      if (!step || !owns(program, watch, step)) return false;
      for (let j = step.from; j < step.to; j++) {
        if (within(watch, playback.addr[j]) && !Object.is(playback.before[j], playback.after[j])) return true;
      }
      return false;
    },
  };
}

const within = (watch, addr) =>
  (addr & 1) === watch.bank && (addr >> 1) >= watch.cell && (addr >> 1) < watch.cell + watch.length;

const follows = (watch, variable) => !!watch && !!variable && watch.cell === variable.cell && watch.bank === variable.bank
  && watch.label === labelOf(variable);

/**
 * Cells are used again after a return: below the watched frame, or in another function in its place, they are not ours;
 * unless that function keeps the same variable there, as an adjoint does.
 */
const owns = (program, watch, step) =>
  step.ip > watch.ip || (step.ip === watch.ip && watch.fns.has(program.rows[step.row].fn));

/** What to follow: a variable's cells, in its frame and in the functions that keep it in the same place. */
export function watchOf(program, frame, variable) {
  const { name, mode, bank, slot } = program.functions[frame.fn].symbols[variable.symbol];
  const same = other => other.name === name && other.mode === mode && other.bank === bank && other.slot === slot;
  const fns = new Set(program.functions.flatMap((fn, index) => (fn.symbols.some(same) ? [index] : [])));
  return {
    label: labelOf(variable), bank: variable.bank, cell: variable.cell, length: variable.length,
    dims: variable.dims, dtype: variable.dtype, ip: frame.ip, fns,
  };
}

/** The nearest moment from `from` on, going `way` (+1 or -1), that passes: {found}, or {from, window} to look further. */
export function search(playback, { test, needsStep }, from, way, total) {
  const first = playback.start + (needsStep ? 1 : 0);
  if (way > 0) {
    for (let t = Math.max(from, first); t <= playback.end; t++) if (test(playback, t)) return { found: t };
    return playback.end >= total ? {} : { from: playback.end + 1, window: playback.end };
  }
  for (let t = Math.min(from, playback.end); t >= first; t--) if (test(playback, t)) return { found: t };
  return playback.start <= 0 ? {} : { from: first - 1, window: Math.max(0, first - 1 - playback.count) };
}

// ------------------------------------------------------------------------------------------------ pictures

const STRIP = { columns: 64, rows: 8, height: 20, samples: 256, levels: 5 };

/** The element furthest from zero in [from, to), looked at in at most `STRIP.samples` places; NaN and inf win. */
function extreme(values, from, to) {
  const stride = Math.max(1, Math.floor((to - from) / STRIP.samples));
  let found = 0;
  for (let i = from; i < to; i += stride) {
    if (!Number.isFinite(values[i])) return values[i];
    if (Math.abs(values[i]) > Math.abs(found)) found = values[i];
  }
  return found;
}

/**
 * An array as a strip: bars from the zero line for a vector, cells for a matrix (further axes unrolled into rows).
 * Colour tells sign and size; so does the bar, and the table behind a click tells both in digits.
 * Gives {width, height, paths: {class: d}}; classes p1..p5, n1..n5 by sign and size, z zero, x not finite.
 */
export function strip(values, dims, marked = []) {
  const rowLength = dims.length > 1 ? dims.at(-1) : values.length;
  const rowCount = rowLength ? Math.max(1, Math.round(values.length / rowLength)) : 0;
  const columns = Math.min(STRIP.columns, rowLength);
  const rows = Math.min(STRIP.rows, rowCount);
  const cells = [];
  for (let r = 0; r < rows; r++) {
    const source = Math.floor((r * rowCount) / rows);
    for (let c = 0; c < columns; c++) {
      const from = source * rowLength + Math.floor((c * rowLength) / columns);
      const to = source * rowLength + Math.floor(((c + 1) * rowLength) / columns);
      cells.push(extreme(values, from, Math.max(to, from + 1)));
    }
  }
  const finite = cells.filter(Number.isFinite);
  const top = Math.max(0, ...finite);
  const bottom = Math.min(0, ...finite);
  const largest = Math.max(top, -bottom);
  const height = rows > 1 ? Math.max(STRIP.height, rows * 6) : STRIP.height;
  const step = height / Math.max(rows, 1);
  const zero = top - bottom > 0 ? (height * top) / (top - bottom) : height;
  const paths = {};
  const draw = (kind, x, y, w, h) => {
    paths[kind] = `${paths[kind] ?? ""}M${x} ${y.toFixed(2)}h${w}v${h.toFixed(2)}h${-w}z`;
  };
  cells.forEach((value, index) => {
    const x = (index % columns) + 0.06;
    const y = Math.floor(index / columns) * step;
    const level = largest ? Math.ceil((STRIP.levels * Math.abs(value)) / largest) : 0;
    const kind = !Number.isFinite(value) ? "x" : value === 0 ? "z" : `${value > 0 ? "p" : "n"}${level}`;
    if (rows > 1) draw(kind, x, y + 0.3, 0.88, step - 0.6);
    else if (kind === "x") draw(kind, x, 0, 0.88, height);
    else {
      const size = Math.max(1, (Math.abs(value) / Math.max(top - bottom, 1e-300)) * height);
      draw(kind, x, value > 0 ? Math.max(0, zero - size) : Math.min(zero, height - size), 0.88, size);
    }
  });
  for (const index of new Set(marked.map(i => markPlace(i, { rowLength, rowCount, rows, columns })))) {
    draw("mark", (index % columns) + 0.06, Math.floor(index / columns) * step + step - 2, 0.88, 2);
  }
  return { width: columns, height, paths };
}

function markPlace(index, { rowLength, rowCount, rows, columns }) {
  const row = Math.min(rows - 1, Math.floor((Math.floor(index / rowLength) * rows) / rowCount));
  return row * columns + Math.floor(((index % rowLength) * columns) / rowLength);
}

const AXIS = 1000;      // units along the timeline, from moment 0 to moment `total`
const MOST_TICKS = 240;

/**
 * The run at a glance, along an axis of AXIS units: where it goes forward (drawn above the middle) and where backward
 * (below), and the turns of loops, unless they are too many to be told apart.
 */
export function overview(program, playback, total) {
  const scale = AXIS / Math.max(total, 1);
  const paths = { forward: "", backward: "", ticks: "" };
  const isBack = k => runsBackward(program, playback.rows[k], playback.dirs[k]);
  const buckets = Math.min(playback.count, AXIS);
  let from = 0;
  let back = null;
  const flush = to => {
    if (back === null || to <= from) return;
    const [x, w] = [((playback.start + from) * scale).toFixed(2), ((to - from) * scale).toFixed(2)];
    paths[back ? "backward" : "forward"] += `M${x} ${back ? 7 : 3}h${w}v4h-${w}z`;
  };
  for (let b = 0; b < buckets; b++) {
    const k = Math.floor((b * playback.count) / buckets);
    if (isBack(k) === back) continue;
    flush(k);
    from = k;
    back = isBack(k);
  }
  flush(playback.count);
  const turns = [];
  for (let k = 0; k < playback.count && turns.length <= MOST_TICKS; k++) {
    const { kind } = program.rows[playback.rows[k]];
    if (kind === "again" || kind === "next") turns.push(playback.start + k + 1);
  }
  if (turns.length <= MOST_TICKS) paths.ticks = turns.map(t => `M${(t * scale).toFixed(2)} 0v14`).join("");
  return paths;
}

/** How a watched variable went, in this window: [moment, value] where it changes (of an array, the moments only). */
export function history(program, playback, watch) {
  const changes = [];
  let first = null;
  for (let k = 0; k < playback.count; k++) {
    const from = playback.offsets[k];
    const to = playback.offsets[k + 1];
    for (let j = from; j < to; j++) {
      if (!within(watch, playback.addr[j])) continue;
      if (first === null) first = playback.before[j];
      if (!owns(program, watch, { row: playback.rows[k], ip: playback.ips[k] })) continue;
      if (changes.at(-1)?.[0] === playback.start + k + 1) changes.at(-1)[1] = playback.after[j];
      else if (!Object.is(playback.before[j], playback.after[j])) changes.push([playback.start + k + 1, playback.after[j]]);
    }
  }
  return { first: first ?? playback.banks[watch.bank][watch.cell], changes };
}

/** A history as a step line over AXIS units, `height` high; more changes than units become a band per unit. */
export function historyPath({ first, changes }, playback, total, height) {
  const scale = AXIS / Math.max(total, 1);
  const values = [first, ...changes.map(([, value]) => value)].filter(Number.isFinite);
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
  const y = value => (high > low ? 2 + ((height - 4) * (high - value)) / (high - low) : height / 2).toFixed(2);
  let path = "";
  let pen = false;
  const go = (x, value) => {
    if (!Number.isFinite(value)) { path += pen ? `H${x}` : ""; pen = false; return; }
    path += pen ? `H${x}V${y(value)}` : `M${x} ${y(value)}`;
    pen = true;
  };
  go((playback.start * scale).toFixed(2), first);
  if (changes.length <= 2 * AXIS) {
    for (const [t, value] of changes) go((t * scale).toFixed(2), value);
  } else {
    const bands = new Map();
    for (const [t, value] of changes) {
      const unit = Math.floor(t * scale);
      const band = bands.get(unit) ?? [Infinity, -Infinity];
      if (Number.isFinite(value)) bands.set(unit, [Math.min(band[0], value), Math.max(band[1], value)]);
    }
    for (const [unit, [least, most]] of bands) { go(unit, least); path += `V${y(most)}`; }
  }
  if (pen) path += `H${(playback.end * scale).toFixed(2)}`;
  return { path, low, high };
}

// ------------------------------------------------------------------------------------------------ views: tools

const SVG = "http://www.w3.org/2000/svg";

/** An element: attributes by name, `on...` as listeners, the rest as children. */
function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Write only what differs: untouched nodes cost no layout, and keep the reader's selection. */
function setText(element, text) { if (element.textContent !== text) element.textContent = text; }

function setAttribute(element, name, value) {
  if (value === null) element.removeAttribute(name);
  else if (element.getAttribute(name) !== String(value)) element.setAttribute(name, value);
}

const drawn = new WeakMap();

function setPaths(picture, paths) {
  const html = Object.entries(paths).map(([kind, d]) => `<path class="${kind}" d="${d}"/>`).join("");
  if (drawn.get(picture) === html) return;
  drawn.set(picture, html);
  picture.innerHTML = html;
}

/** Scroll inside `box` only, and only if needed: `scrollIntoView` would move the whole notebook. */
function reveal(box, element) {
  const top = element.offsetTop;
  const bottom = top + element.offsetHeight;
  const margin = Math.min(2 * element.offsetHeight, box.clientHeight / 4);
  if (top - margin < box.scrollTop) box.scrollTop = top - margin;
  else if (bottom + margin > box.scrollTop + box.clientHeight) box.scrollTop = bottom + margin - box.clientHeight;
}

const TALLEST = 8e6;    // browsers cannot draw boxes much taller; longer lists scroll in proportion

/**
 * A list of any length that draws only what is in sight. `make()` builds a row element, `draw(element, index)` fills it.
 * `first`, the row at the top edge, is the truth, a fraction; the scroll bar follows it, to a pixel.
 */
function virtualList({ rowHeight, make, draw, ...attributes }) {
  const spacer = h("div", { class: "rvb-spacer", "aria-hidden": "true" });
  const rows = h("div", { class: "rvb-rows", role: "presentation" });
  const box = h("div", { class: "rvb-virtual", role: "presentation", ...attributes }, spacer, rows);
  let count = 0;
  let first = 0;
  let viewed = 0;
  let expected = 0;
  let wanted = null;    // asked for before the list had a size

  const tall = () => Math.min(count * rowHeight, TALLEST);
  const last = () => Math.max(0, count - viewed / rowHeight);

  function paint() {
    const from = Math.floor(first);
    const shown = Math.min(count - from, Math.ceil(viewed / rowHeight) + 1);
    while (rows.children.length < shown) rows.append(make());
    while (rows.children.length > shown) rows.lastChild.remove();
    for (let i = 0; i < shown; i++) draw(rows.children[i], from + i);
    rows.style.transform = `translateY(${Math.round(expected - (first - from) * rowHeight)}px)`;
  }

  function scrollToFirst() {
    first = Math.max(0, Math.min(first, last()));
    const room = Math.max(0, tall() - viewed);
    expected = last() ? Math.round((first / last()) * room) : 0;
    if (tall() === count * rowHeight) first = expected / rowHeight;
    if (Math.abs(box.scrollTop - expected) > 0.5) box.scrollTop = expected;
    paint();
  }

  box.addEventListener("scroll", () => {
    if (Math.abs(box.scrollTop - expected) <= 1) return;    // our own doing
    expected = box.scrollTop;
    const room = tall() - viewed;
    first = room > 0 ? Math.min(1, expected / room) * last() : 0;
    paint();
  });
  // In a list scrolled in proportion, a notch of the wheel still moves by rows.
  box.addEventListener("wheel", event => {
    if (tall() === count * rowHeight || event.ctrlKey || !event.deltaY) return;
    event.preventDefault();
    first += event.deltaMode === 0 ? event.deltaY / rowHeight : event.deltaY * 3;
    scrollToFirst();
  }, { passive: false });
  const observer = new ResizeObserver(() => {
    viewed = box.clientHeight;
    if (wanted === null) return scrollToFirst();
    const index = wanted;
    wanted = null;
    list.show(index);
  });
  observer.observe(box);

  const list = {
    box,
    setCount(n) {
      if (n === count) return;
      count = n;
      spacer.style.height = `${tall()}px`;
    },
    paint,
    /** Bring a row into sight: by as little as it takes if it is near, into the middle if it is far. */
    show(index) {
      if (!viewed) { wanted = index; return; }
      const fits = viewed / rowHeight;
      const margin = Math.min(3, fits / 4);
      if (index - margin < first - fits || index + margin > first + 2 * fits) first = index - fits / 2;
      else if (index - margin < first) first = index - margin;
      else if (index + 1 + margin > first + fits) first = index + 1 + margin - fits;
      scrollToFirst();
    },
    close() { observer.disconnect(); },
  };
  return list;
}

// ------------------------------------------------------------------------------------------------ views: panels

/** A panel: a heading, and what scrolls under it. */
function panel(name, title, ...children) {
  const heading = h("div", { class: "rvb-heading" }, title);
  return { heading, element: h("section", { class: `rvb-panel rvb-${name}`, "aria-label": title }, heading, ...children) };
}

/** The source, line by line. A click goes to the line's next run, with shift to its previous one. */
function sourceView(program, { onLine }) {
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
      const element = h("div", {
        class: `rvb-line${live ? " rvb-runs" : ""}`, role: "row", "data-source": index, "data-line": line,
        title: live ? "click: go to the next run of this line (shift: the previous one)" : null,
        onclick: event => { if (live) onLine(index, line, event.shiftKey ? -1 : 1); },
      }, h("span", { class: "rvb-lineno", role: "rowheader" }, String(line)), mark, code, note);
      lines.set(`${index}:${line}`, { element, mark, note });
      scroller.append(element);
    });
  });
  const { element, heading } = panel("source", "source", scroller);
  heading.textContent = program.sources.length === 1 ? program.sources[0].name : "source";
  let lit = [];
  return {
    element,
    /** `next` and `done` are {source, line} or null; `note` is what the done line did. */
    update({ next, done, note, backward, finished }) {
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
        doneLine.mark.textContent = "✓";
        doneLine.note.textContent = note;
      }
      if (nextLine) {
        nextLine.element.classList.add("rvb-current");
        nextLine.element.setAttribute("data-current", "true");
        nextLine.element.setAttribute("aria-current", "true");
        if (!finished) nextLine.mark.textContent = backward ? "▲" : "▶";
        reveal(scroller, nextLine.element);
      }
    },
    close() {},
  };
}

const ROLE_WORDS = {
  const: ["constant", "a constant of the call"], loop: ["loop", "counted by its loop"],
  keeper: ["kept", "kept by the compiler, to find the way back"], temp: ["temporary", "made by the compiler"],
  capture: ["captured", "captured from the notebook"],
};

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
        setText(digits, short(variable.value, variable.dtype));
        setAttribute(cell, "title", `${exact(variable.value, variable.dtype)}  (${variable.dtype})`);
        opener.remove();
      } else {
        const values = elements(banks, variable);
        const words = variable.dims.join(" × ");
        const few = values.length <= 4 && variable.dims.length === 1;
        const list = few ? `[${Array.from(values, v => short(v, variable.dtype)).join(", ")}]` : words;
        setText(digits, list);
        setAttribute(cell, "title", `${variable.dtype}, ${words}: click the strip for the table`);
        const { width, height, paths } = strip(values, variable.dims, marked);
        setAttribute(picture, "viewBox", `0 0 ${Math.max(width, 1)} ${height}`);
        picture.style.width = `${Math.max(24, Math.min(width * 10, 128))}px`;
        picture.style.height = `${height}px`;
        setPaths(picture, paths);
        setAttribute(opener, "aria-expanded", isOpen);
        setAttribute(opener, "aria-label", `${labelOf(variable)}, ${words}: ${isOpen ? "close" : "open"} the table`);
        if (!opener.parentNode) content.append(opener);
      }
    },
  };
}

/** The full precision of a variable, for tooltips and tests: one number, or a list (cut after a thousand). */
export function valueText(variable, banks) {
  if (!variable || variable.absent) return null;
  if (!variable.dims) return exact(variable.value, variable.dtype);
  const values = elements(banks, variable);
  const shown = Array.from(values.subarray(0, 1000), v => exact(v, variable.dtype));
  return `[${shown.join(", ")}${values.length > shown.length ? ", ..." : ""}]`;
}

const CELL_HEIGHT = 22;

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
    const { dims } = columns[0];
    setText(element.children[0], dims.length > 1 ? indexText(row, dims.slice(0, -1)).replace("]", ", :]") : `[${row}]`);
    for (let c = 0; c < cells; c++) {
      const variable = width === 1 ? columns[c] : columns[0];
      const flat = width === 1 ? row : row * width + c;
      const value = banks[variable.bank][variable.cell + flat];
      const cell = element.children[c + 1];
      setText(cell, flat < variable.length ? short(value, variable.dtype) : "");
      setAttribute(cell, "title", exact(value, variable.dtype));
      const old = changed.get(2 * (variable.cell + flat) + variable.bank);
      cell.classList.toggle("rvb-lit", old !== undefined);
      if (old !== undefined) setAttribute(cell, "title", `${exact(value, variable.dtype)}, was ${exact(old, variable.dtype)}`);
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
      const rows = Math.ceil(table.columns[0].length / table.width);
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
      const flat = arrays.every(v => v.dims.length === 1 && v.length === arrays[0].length);
      const tables = flat ? [{ columns: arrays, width: 1 }] : arrays.map(v => ({ columns: [v], width: v.dims.at(-1) || 1 }));
      shown = tables.map(table => ({ ...table, changed: changes }));
      const signature = JSON.stringify(tables.map(({ columns, width }) => [columns.map(v => [v.name, v.dims]), width]));
      if (signature !== shape) build(tables);
      shape = signature;
      lists.forEach((list, index) => {
        const { columns, width } = tables[index];
        const hit = columns.flatMap(v => changesOf(v, changes))[0];
        if (hit) list.show(Math.floor(hit[0] / width));
        list.paint();
      });
    },
    close() { lists.forEach(list => list.close()); },
  };
}

/** One frame's variables. Rows are kept as long as the same names are alive, so that a click never misses. */
function frameTable({ onWatch, open, repaint }) {
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
    row.element = h("tr", { role: "row" }, h("td", { role: "gridcell" }, name, tag), row.value.cell, row.was, row.bar.cell);
    row.detail = h("tr", { class: "rvb-detail", role: "row" });
    row.update = (fresh, { program, playback, changes, watch }) => {
      row.variable = fresh;
      const hits = changesOf(fresh, changes);
      const barHits = fresh.cotangent ? changesOf(fresh.cotangent, changes) : [];
      const born = isNew(program, playback, frame, fresh.symbol);
      const isOpen = open.has(key()) && !!(fresh.dims || fresh.cotangent?.dims);
      const isWatched = follows(watch, fresh) || follows(watch, fresh.cotangent);
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
        row.detail.replaceChildren(h("td", { role: "gridcell", colspan: 4 }, row.table.element));
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
      const names = list => list.map(v => v.name).join("\n");
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
  const place = variable.dims ? `${indexText(index, variable.dims)} ` : "";
  return place + short(old, variable.dtype) + (hits.length > 1 ? `, +${hits.length - 1}` : "");
}

/** The state: the running function's variables, its callers' folded below. */
function stateView({ onWatch }) {
  const open = new Set();       // "function:variable" whose table is open
  let shown = null;
  const repaint = () => { if (shown) view.update(...shown); };
  const options = { onWatch, open, repaint };
  const top = frameTable(options);
  const empty = h("p", { class: "rvb-empty" }, "nothing is alive here");
  const callers = h("div", { class: "rvb-callers" });
  const more = h("p", { class: "rvb-empty", hidden: true }, "… and more callers");
  const { element, heading } = panel("state", "state", h("div", { class: "rvb-scroll" }, top.element, empty, callers, more));
  let folds = [];

  function makeFold() {
    const table = frameTable(options);
    const summary = h("summary", {});
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
function traceView({ onMoment, onSearch }) {
  let shown = null;     // {program, playback, moment, total}
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
    const { program, playback, moment } = shown;
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
    setAttribute(code, "title", row ? (step.dir < 0 ? `undoes ${row.text}` : row.text) : index ? "not fetched yet: click to go there" : null);
    const text = row ? changeText(program, playback, index) : "";
    setText(change, text);
    setAttribute(change, "title", text || null);
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

const HISTORY_HEIGHT = 40;

/** The slider with the run at a glance under it, and the history of the watched variable. */
function timelineView({ onMoment, onUnwatch }) {
  const slider = h("input", {
    type: "range", min: 0, step: 1, class: "rvb-slider", "aria-label": "moment", "data-action": "slide",
    oninput: () => onMoment(Number(slider.value)),
  });
  const band = svg("svg", { class: "rvb-band", viewBox: `0 0 ${AXIS} 14`, preserveAspectRatio: "none", "aria-hidden": "true" });
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
    element: h("div", { class: "rvb-timeline" }, slider, band, plotBox),
    /** A new window, total or watch: draw what does not depend on the cursor. */
    redraw(program, playback, length, watch) {
      total = length;
      setAttribute(slider, "max", total);
      const paths = overview(program, playback, total);
      const scale = AXIS / Math.max(total, 1);
      plotBox.hidden = !watch;
      if (watch) {
        const past = history(program, playback, watch);
        const { path, low, high } = watch.dims ? { path: "", low: 0, high: 0 } : historyPath(past, playback, total, HISTORY_HEIGHT);
        const moments = past.changes.map(([t]) => t);
        const marks = moments.length <= MOST_TICKS ? moments.map(t => `M${(t * scale).toFixed(2)} 8v6`).join("") : "";
        paths.changes = marks;
        setText(name, watch.label);
        const times = `${grouped(moments.length)} change${moments.length === 1 ? "" : "s"}`;
        const numbers = !watch.dims && high >= low ? ` · ${short(low, watch.dtype)} to ${short(high, watch.dtype)}` : "";
        setText(range, times + numbers);
        setPaths(plot, { trend: path });
        line.style.display = watch.dims ? "none" : "";
      }
      setPaths(band, paths);
    },
    update(moment, words) {
      if (Number(slider.value) !== moment) slider.value = moment;
      slider.style.setProperty("--rvb-done", `${(100 * moment) / Math.max(total, 1)}%`);
      setAttribute(slider, "aria-valuetext", words);
      const x = ((AXIS * moment) / Math.max(total, 1)).toFixed(2);
      setAttribute(cursor, "d", `M${x} 0V${HISTORY_HEIGHT}`);
    },
  };
}

const ICONS = {
  first: "M4 3h2v10H4zM14 3v10L7 8z", back: "M11 3v10L4 8z", play: "M4 3v10l9-5z", pause: "M4 3h3v10H4zM9 3h3v10H9z",
  forward: "M5 3v10l7-5z", last: "M10 3h2v10h-2zM2 3v10l7-5z",
  earlier: "M9 3v4h5v2H9v4L3 8zM1 3h1.6v10H1z", later: "M7 3v4H2v2h5v4l6-5zM13.4 3H15v10h-1.6z",
};

function iconButton(action, label, onclick) {
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

const SPEEDS = [["2 steps/s", 2], ["6 steps/s", 6], ["30 steps/s", 30], ["run in 10 s", 0]];

/** Buttons, speed, direction and k / N. */
function barView(actions) {
  const speed = h("select", { class: "rvb-speed", "aria-label": "speed of play", title: "speed of play", onchange: actions.speed },
    ...SPEEDS.map(([name], index) => h("option", { value: index, selected: index === 1 }, name)));
  const buttons = {
    first: iconButton("first", "first moment (Home)", actions.first),
    back: iconButton("back", "step back (left arrow; up arrow: ten)", actions.back),
    play: iconButton("play", "play (space)", actions.play),
    forward: iconButton("forward", "step forward (right arrow; down arrow: ten)", actions.forward),
    last: iconButton("last", "last moment (End)", actions.last),
    earlier: iconButton("earlier", "previous change: click a variable's name first", actions.earlier),
    later: iconButton("later", "next change: click a variable's name first", actions.later),
  };
  const badge = h("span", { class: "rvb-badge", "data-direction": "forward" });
  const count = h("span", { class: "rvb-count" });
  const group = (label, ...children) => h("div", { class: "rvb-group", role: "group", "aria-label": label }, ...children);
  const title = h("span", { class: "rvb-title" });
  const element = h("div", { class: "rvb-top", role: "toolbar", "aria-label": "stepper" },
    group("move", ...["first", "back", "play", "forward", "last"].map(name => buttons[name].element)),
    group("changes of the followed variable", buttons.earlier.element, buttons.later.element), speed, title, badge, count);
  return {
    element,
    rate: total => SPEEDS[speed.value][1] || Math.max(1, total / 10),
    update({ moment, total, complete, backward, playing, watch, name }) {
      setText(title, name);
      for (const action of ["first", "back"]) buttons[action].element.disabled = moment <= 0;
      for (const action of ["forward", "last"]) buttons[action].element.disabled = moment >= total;
      for (const [action, word] of [["earlier", "previous"], ["later", "next"]]) {
        buttons[action].element.disabled = !watch;
        buttons[action].set(action, watch ? `${word} change of ${watch.label}` : `${word} change: click a variable's name first`);
      }
      buttons.play.set(playing ? "pause" : "play", playing ? "pause (space)" : "play (space)");
      setAttribute(buttons.play.element, "aria-pressed", playing);
      setText(badge, backward ? "◀ backward: undoing" : "forward ▶");
      setAttribute(badge, "data-direction", backward ? "backward" : "forward");
      setText(count, `${grouped(moment)} / ${grouped(total)}${complete ? "" : "+"}`);
      setAttribute(count, "title", complete ? "steps done / steps of the run" : "steps done / steps recorded so far: the run goes on");
    },
  };
}

// ------------------------------------------------------------------------------------------------ wiring

const SAVE_EVERY = 100;         // milliseconds between saves of the position
const SPEAK_AFTER = 400;        // milliseconds of rest before a screen reader is told
const PATIENCE = 4000;          // milliseconds until we say that the kernel has not answered

/** At most one call in `wait` milliseconds, the last one never lost. */
function throttled(call, wait) {
  let timer = null;
  let again = false;
  const run = () => {
    timer = again ? setTimeout(run, wait) : null;
    if (!again) return;
    again = false;
    call();
  };
  const throttle = () => {
    again = true;
    if (timer === null) run();
  };
  throttle.flush = () => { clearTimeout(timer); if (again) call(); again = false; timer = null; };
  return throttle;
}

/** Where a row stands in the source; without a place of its own, where the run last was in any source. */
function placeOf(program, playback, row, t) {
  if (program.rows[row]?.source >= 0) return program.rows[row];
  const earliest = Math.max(playback.start, t - 1000);
  for (let k = t - 1; k >= earliest; k--) {
    const passed = program.rows[playback.rows[k - playback.start]];
    if (passed?.source >= 0) return passed;
  }
  return null;
}

const KEY_STEPS = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: 10, ArrowUp: -10, PageDown: 100, PageUp: -100 };

function render({ model, el }) {
  const root = h("div", { class: "revbench-stepper", "data-revbench": "stepper", tabindex: "0", role: "group", "aria-label": "stepper" });
  const bar = barView({
    first: () => go(0), back: () => go(moment - 1), forward: () => go(moment + 1), last: () => go(total()),
    play: () => (timer ? pause() : play()), speed: () => { if (timer) play(); },
    earlier: () => watch && find(changesWatched(program, watch), -1, `no earlier change of ${watch.label}`),
    later: () => watch && find(changesWatched(program, watch), 1, `no later change of ${watch.label}`),
  });
  const timeline = timelineView({ onMoment: t => go(t), onUnwatch: () => setWatch(null) });
  const body = h("div", { class: "rvb-body" });
  const story = h("div", { class: "rvb-story" });
  const alarm = h("div", { class: "rvb-alarm", role: "alert", hidden: true });
  const speech = h("div", { class: "rvb-speech", "aria-live": "polite" });
  root.append(bar.element, timeline.element, body, story, alarm, speech);
  el.append(root);

  let program = null;
  let playback = null;
  let moment = model.get("position") ?? 0;
  let views = [];
  let watch = null;
  let goal = null;              // what to do when the window asked for arrives
  let timer = null;
  let patience = null;
  let voice = null;
  const total = () => model.get("total") ?? 0;
  // The model learns of a move when it is sent, not before: the kernel's echo of the last one would undo the moves since.
  const save = throttled(() => {
    if (model.get("position") === moment) return;
    model.set("position", moment);
    model.save_changes();
  }, SAVE_EVERY);

  // ---- the kernel's side

  function loadProgram() {
    views.forEach(view => view.close());
    const given = model.get("program");
    program = given?.rows ? given : null;
    watch = null;
    views = program ? [
      sourceView(program, { onLine: (source, line, way) => find(runsLine(program, source, line), way, `line ${line} does not run ${way > 0 ? "again" : "earlier"}`) }),
      stateView({ onWatch: (frame, variable) => setWatch(frame, variable) }),
      traceView({ onMoment: t => go(t), onSearch: (text, way) => find(mentions(program, text), way, `“${text}” is not found ${way > 0 ? "later" : "earlier"}`) }),
    ] : [];
    body.replaceChildren(...views.map(view => view.element));
    loadWindow();
  }

  function loadWindow() {
    const given = model.get("window");
    playback = given?.offsets ? new Playback(given) : null;
    const next = goal;
    arrived();
    if (!program) return;
    if (playback) timeline.redraw(program, playback, total(), watch);
    if (next) next();
    else go(moment);
  }

  function ask(start, then, words) {
    arrived();
    goal = then;
    root.setAttribute("aria-busy", "true");
    say(`fetching ${words} …`);
    patience = setTimeout(() => say(`fetching ${words}: the kernel has not answered yet`), PATIENCE);
    model.send({ kind: "window", start });
  }

  function arrived() {
    goal = null;
    clearTimeout(patience);
    root.removeAttribute("aria-busy");
  }

  // ---- moving

  /** The moment nearest to t that this window can show, when asking again would not help. */
  function settle(t) {
    if (!playback) return go(t);
    show(Math.max(playback.start, Math.min(t, playback.end, total())));
  }

  function go(t) {
    t = Math.max(0, Math.min(Math.round(t), total()));
    if (!program) return;
    if (playback?.covers(t)) { arrived(); show(t); return; }
    const start = Math.max(0, t - Math.floor((playback?.count ?? 0) / 2));
    ask(start, () => settle(t), `step ${grouped(t)}`);
  }

  function find(wanted, way, otherwise, from = moment + way) {
    if (!playback) return;
    const result = search(playback, wanted, from, way, total());
    if (result.found !== undefined) go(result.found);
    else if (result.from !== undefined) {
      ask(result.window, () => find(wanted, way, otherwise, result.from), `more of the run, from step ${grouped(result.from)}`);
    } else { show(moment); say(otherwise); }
  }

  function play() {
    pause();
    if (moment >= total()) go(0);
    const rate = bar.rate(total());
    const stride = Math.max(1, Math.round(rate / 30));
    timer = setInterval(() => {
      if (goal) return;         // waiting for the kernel
      if (moment >= total()) pause();
      else go(moment + stride);
    }, (1000 * stride) / rate);
    paintBar();
  }

  function pause() {
    clearInterval(timer);
    timer = null;
    paintBar();
  }

  function setWatch(frame, variable) {
    // One click follows the variable, the next its cotangent, one more nothing.
    const choices = [variable?.absent ? null : variable, variable?.cotangent].filter(Boolean);
    const target = choices[choices.findIndex(choice => follows(watch, choice)) + 1];
    watch = target ? watchOf(program, frame, target) : null;
    if (!playback) return;
    timeline.redraw(program, playback, total(), watch);
    show(moment);
  }

  // ---- showing

  let state = null;

  function paintBar() {
    const focused = root.querySelector(":focus");
    bar.update({
      moment, total: total(), complete: model.get("complete") ?? true, backward: state?.backward ?? false,
      playing: timer !== null, watch, name: program?.title ?? "",
    });
    if (focused?.disabled) root.focus({ preventScroll: true });     // else the keys would go to the page
  }

  function show(t) {
    if (!playback?.reaches(t)) return;
    moment = t;
    playback.seek(t);
    state = decode(program, playback);
    const context = { program, playback, changes: changesAt(playback, t), watch };
    const step = playback.step(t);
    const words = narrate(program, playback, { total: total(), complete: model.get("complete") ?? true });
    const place = placeOf(program, playback, state.row, t);
    const [source, variables, trace] = views;
    paintBar();
    timeline.update(t, words);
    source.update({
      next: place, done: step && program.rows[step.row].source >= 0 ? program.rows[step.row] : null,
      note: effectsText(effects(program, playback)), backward: state.backward, finished: state.finished,
    });
    variables.update(state, context);
    trace.update({ program, playback, moment: t, total: total() });
    say(words);
    showError();
    setAttribute(root, "data-moment", t);
    setAttribute(root, "data-direction", state.backward ? "backward" : "forward");
    const detail = place ? { source: place.source, name: program.sources[place.source]?.name, line: place.line, moment: t, backward: state.backward } : null;
    root.dispatchEvent(new CustomEvent("revbench:line", { bubbles: true, composed: true, detail }));
    if (model.get("position") !== t) save();
  }

  function say(text) {
    setText(story, text);
    clearTimeout(voice);
    voice = setTimeout(() => setText(speech, text), SPEAK_AFTER);
  }

  function showError() {
    const text = model.get("error") ?? "";
    alarm.hidden = !text;
    setText(alarm, text && moment >= total() ? text : text && `the run stops at step ${grouped(total())}: ${text}`);
    root.classList.toggle("rvb-broken", !!text);
  }

  function setHeight() {
    const height = model.get("height");
    if (height) root.style.setProperty("--rvb-height", typeof height === "number" ? `${height}px` : height);
  }

  // ---- keys: before the notebook's own, but only ours, and only here

  function onKey(event) {
    if (!event.composedPath().includes(root) || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const target = event.composedPath()[0];
    if (target.matches("select, textarea, input:not([type=range])")) return;
    const { key } = event;
    const isOurs = key in KEY_STEPS || key === "Home" || key === "End" || key === " ";
    if (!isOurs) return;
    event.stopPropagation();
    if (key === " " && target.closest("button, summary")) return;       // presses it
    event.preventDefault();
    if (key in KEY_STEPS) go(moment + KEY_STEPS[key]);
    else if (key === "Home") go(0);
    else if (key === "End") go(total());
    else if (timer) pause();
    else play();
  }

  /** Notebooks take the focus to the cell on a click into its output: then the keys would no longer be ours. */
  function keepFocus() {
    if (!root.matches(":focus-within")) root.focus({ preventScroll: true });
  }

  const listeners = {
    "change:program": loadProgram,
    "change:window": loadWindow,
    "change:position": () => { if (model.get("position") !== moment) go(model.get("position")); },
    "change:total": () => { if (program && playback) { timeline.redraw(program, playback, total(), watch); go(moment); } },
    "change:complete": () => { if (program) go(moment); },
    "change:error": showError,
    "change:height": setHeight,
    "msg:custom": message => { if (message?.kind === "error") { arrived(); say(message.text); } },
  };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);
  window.addEventListener("keydown", onKey, true);
  root.addEventListener("click", keepFocus);
  setHeight();
  loadProgram();

  return () => {
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
    window.removeEventListener("keydown", onKey, true);
    save.flush();
    clearInterval(timer);
    arrived();
    clearTimeout(voice);
    views.forEach(view => view.close());
    root.remove();
  };
}

export default { render };
