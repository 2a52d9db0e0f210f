/** What a person sees at a moment: frames, variables, what a step changed. */

import { FLOATS, INTS, FRAME } from "./playback.js";
import { complexText, labelOf, indexText } from "./numbers.js";

const MOST_FRAMES = 64;

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
  const all = liveVariables(program, banks, { ip, fn, live });
  const variables = all.filter(v => v.role !== "cotangent");
  const byName = new Map(variables.map(v => [v.name, v]));
  for (const bar of all) {
    if (bar.role !== "cotangent") continue;
    const primal = byName.get(bar.of);
    if (primal && !primal.cotangent) primal.cotangent = bar;
    else variables.push({ name: bar.of ?? bar.name, place: bar.of ?? bar.name, role: "local", absent: true, symbol: bar.symbol, cotangent: bar });
  }
  return { ip, fn, row, name: program.functions[fn].name, variables: together(variables) };
}

/** The real and the imaginary part of a complex number as one variable, that of the real part with `imag`. */
function together(variables) {
  const found = [];
  for (const v of variables) {
    const [whole, part] = Array.isArray(v.complex) ? v.complex : [];
    const real = part === "imag" && found.find(other => other.complex?.[0] === whole && other.complex[1] === "real" && other.role === v.role);
    if (real) Object.assign(real, { name: whole, imag: v, cotangent: real.cotangent && { ...real.cotangent, imag: v.cotangent } });
    else found.push(v);
  }
  return found;
}

/** The axes of an array as the user knows it, and how many elements it has: of complex numbers the last axis is (real, imaginary). */
export const shapeOf = array => (array.complex ? array.dims.slice(0, -1) : array.dims);
export const countOf = array => (array.complex ? array.length / 2 : array.length);

/** Where in an array a cell is: "[1, 2]", "[3].imag". */
export function placeIn(array, cell) {
  return array.complex ? `${indexText(cell >> 1, shapeOf(array))}.${cell & 1 ? "imag" : "real"}` : indexText(cell, array.dims);
}

/** A variable's value, or element `k`, in words; `write` is exact or short. */
export function textOf(variable, banks, write, k = 0) {
  const read = cell => banks[variable.bank][cell];
  if (variable.imag) return complexText(variable.value, variable.imag.value, write);
  if (variable.dims && variable.complex) return complexText(read(variable.cell + 2 * k), read(variable.cell + 2 * k + 1), write);
  return write(variable.dims ? read(variable.cell + k) : variable.value, variable.dtype);
}

/** The variables of these symbols of a frame, as memory has them now. */
export const liveVariables = (program, banks, { ip, fn, live }) => live.map(index => variableOf(program.functions[fn].symbols[index], index, banks, ip));

/** A symbol's place in memory now: `cell` (and `dims` of an array) in `bank`. */
function variableOf(symbol, index, banks, ip) {
  const ints = banks[INTS];
  const bank = symbol.bank === "F" ? FLOATS : INTS;
  const at = ip + symbol.slot;
  const variable = {
    symbol: index, name: symbol.name, place: symbol.name, complex: symbol.complex, role: symbol.role, of: symbol.of, dtype: symbol.dtype, bank,
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

/** A variable's changed elements as [index, old value]; of a scalar, the index is 0. */
export function changesOf(variable, changes) {
  const found = [];
  if (variable.absent) return found;
  for (const [addr, old] of changes) {
    const index = (addr >> 1) - variable.cell;
    if ((addr & 1) === variable.bank && index >= 0 && index < variable.length) found.push([index, old]);
  }
  if (variable.imag) for (const [, old] of changesOf(variable.imag, changes)) found.push([1, old]);
  return found;
}

/** What of a step's frame is alive at moment t, as the state shows it there; null when the frame has been left. */
export function aliveAt(program, playback, t, step) {
  const here = playback.at(t);
  if (here.ip > step.ip) return program.lives[program.rows[step.row].live] ?? [];        // it has called
  const isSame = here.ip === step.ip && program.rows[here.row]?.fn === program.rows[step.row].fn;
  return isSame ? liveSymbols(program, here) : null;
}

/** The step between the playback's moment and the one before it, or with `way` -1 the one after it, from which the user came back. */
export const lastMove = (playback, way) => playback.step(way < 0 ? playback.moment + 1 : playback.moment);

/** Did `symbol` come to life with the last move? */
export function isNew(program, playback, frame, symbol, way = 1) {
  const step = lastMove(playback, way);
  if (!step || step.ip !== frame.ip || program.rows[step.row].fn !== frame.fn) return false;
  return !(aliveAt(program, playback, playback.moment - way, step) ?? []).includes(symbol);
}

/** What the last move changed: address -> the value before. */
export function changesAt(playback, way = 1) {
  const step = lastMove(playback, way);
  const changes = new Map();
  if (!step) return changes;
  const there = playback.moment;
  const addresses = new Set(playback.addr.subarray(step.from, step.to));
  const read = addr => playback.banks[addr & 1][addr >> 1];
  playback.seek(there - way);
  for (const addr of addresses) changes.set(addr, read(addr));
  playback.seek(there);
  for (const addr of addresses) if (Object.is(read(addr), changes.get(addr))) changes.delete(addr);
  return changes;
}

/** What the last move did to variables with a name: {name, old, now, dtype, born, gone, dims}. */
export function effects(program, playback, way = 1) {
  const step = lastMove(playback, way);
  if (!step) return [];
  const there = playback.moment;
  const seen = live => liveVariables(program, playback.banks, { ip: step.ip, fn: program.rows[step.row].fn, live });
  const [idsBefore, idsAfter] = [there - way, there].map(t => aliveAt(program, playback, t, step));
  if (!idsBefore || !idsAfter) return [];
  playback.seek(there - way);
  const before = seen(idsBefore);
  playback.seek(there);
  const after = seen(idsAfter);
  const found = [];
  const changes = changesAt(playback, way);
  for (const owner of after) {
    if (!idsBefore.includes(owner.symbol)) { found.push({ ...owner, name: labelOf(owner), now: owner.value, dims: owner.dims && shapeOf(owner), born: true, gone: false }); continue; }
    for (const [index, old] of changesOf(owner, changes)) {
      const now = playback.banks[owner.bank][owner.cell + index];
      found.push({ ...owner, name: labelOf(owner) + (owner.dims ? placeIn(owner, index) : ""), dims: null, old, now, born: false, gone: false });
    }
  }
  const gone = before.filter(owner => !idsAfter.includes(owner.symbol));
  return [...found, ...gone.map(owner => ({ ...owner, name: labelOf(owner), old: owner.value, dims: owner.dims && shapeOf(owner), born: false, gone: true }))];
}

/** Where a row stands in the source; without a place of its own, where the run last was in any source. */
export function placeOf(program, playback, row, t) {
  if (program.rows[row]?.source >= 0) return program.rows[row];
  const earliest = Math.max(playback.start, t - 1000);
  for (let k = t - 1; k >= earliest; k--) {
    const passed = program.rows[playback.rows[k - playback.start]];
    if (passed?.source >= 0) return passed;
  }
  return null;
}
