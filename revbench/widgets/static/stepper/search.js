/** Finding a moment in a window. */

import { labelOf } from "./numbers.js";

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

export const within = (watch, addr) =>
  (addr & 1) === watch.bank && (addr >> 1) >= watch.cell && (addr >> 1) < watch.cell + watch.length;

/** What a followed variable is called; of a complex number one part is followed. */
const labelFor = variable => (Array.isArray(variable.complex) && variable.role !== "cotangent" ? variable.complex.join(".") : labelOf(variable));

export const follows = (watch, variable) => !!watch && !!variable && watch.cell === variable.cell && watch.bank === variable.bank
  && watch.label === labelFor(variable);

/**
 * Cells are used again after a return: below the watched frame, or in another function in its place, they are not ours;
 * unless that function keeps the same variable there, as an adjoint does.
 */
export const owns = (program, watch, step) =>
  step.ip > watch.ip || (step.ip === watch.ip && watch.fns.has(program.rows[step.row].fn));

/** What to follow: a variable's cells, in its frame and in the functions that keep it in the same place. */
export function watchOf(program, frame, variable) {
  const { name, mode, bank, slot } = program.functions[frame.fn].symbols[variable.symbol];
  const same = other => other.name === name && other.mode === mode && other.bank === bank && other.slot === slot;
  const fns = new Set(program.functions.flatMap((fn, index) => (fn.symbols.some(same) ? [index] : [])));
  return {
    label: labelFor(variable), bank: variable.bank, cell: variable.cell, length: variable.length,
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
