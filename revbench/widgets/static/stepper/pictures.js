/** Heat strips, the overview of the run, the history of a variable: shapes, no elements. */

import { runsBackward } from "./decode.js";

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

export const AXIS = 1000;      // units along the timeline, from moment 0 to moment `total`
export const MOST_TICKS = 240;

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

/** How a watched variable went, in this window: `values[k]` from `moments[k]` on (of an array, the moments count only). */
export function history(program, playback, watch) {
  const { addr, after, before, offsets } = playback;
  const lowest = 2 * watch.cell + watch.bank;
  const highest = lowest + 2 * (watch.length - 1);
  const isOwn = ownership(program, watch);
  let first = null;
  let count = 0;
  let moments = new Int32Array(1024);
  let values = new Float64Array(1024);
  let k = 0;
  for (let j = 0; j < addr.length; j++) {
    const a = addr[j];
    if (a < lowest || a > highest || (a & 1) !== watch.bank) continue;
    first ??= before[j];
    while (offsets[k + 1] <= j) k++;
    if (!isOwn(playback.ips[k], playback.rows[k])) continue;
    const moment = playback.start + k + 1;
    if (count && moments[count - 1] === moment) { values[count - 1] = after[j]; continue; }
    if (Object.is(before[j], after[j])) continue;
    if (count === moments.length) [moments, values] = [moments, values].map(grown);
    moments[count] = moment;
    values[count++] = after[j];
  }
  return { first: first ?? playback.banks[watch.bank][watch.cell], moments: moments.subarray(0, count), values: values.subarray(0, count) };
}

function grown(array) {
  const larger = new array.constructor(2 * array.length);
  larger.set(array);
  return larger;
}

/** `owns` for many steps: once per frame and function. */
function ownership(program, watch) {
  const mine = program.rows.map(row => watch.fns.has(row.fn));
  return (ip, row) => ip > watch.ip || (ip === watch.ip && mine[row]);
}

/** A history as a step line over AXIS units, `height` high; more changes than units become a band per unit. */
export function historyPath({ first, moments, values }, playback, total, height) {
  const scale = AXIS / Math.max(total, 1);
  let low = Number.isFinite(first) ? first : Infinity;
  let high = Number.isFinite(first) ? first : -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  const y = value => (high > low ? 2 + ((height - 4) * (high - value)) / (high - low) : height / 2).toFixed(2);
  let path = "";
  let pen = false;
  const go = (x, value) => {
    if (!Number.isFinite(value)) { path += pen ? `H${x}` : ""; pen = false; return; }
    path += pen ? `H${x}V${y(value)}` : `M${x} ${y(value)}`;
    pen = true;
  };
  go((playback.start * scale).toFixed(2), first);
  if (moments.length <= 2 * AXIS) {
    for (let k = 0; k < moments.length; k++) go((moments[k] * scale).toFixed(2), values[k]);
  } else {
    const [least, most] = [new Float64Array(AXIS + 1).fill(Infinity), new Float64Array(AXIS + 1).fill(-Infinity)];
    for (let k = 0; k < moments.length; k++) {
      const unit = Math.floor(moments[k] * scale);
      if (!Number.isFinite(values[k])) continue;
      if (values[k] < least[unit]) least[unit] = values[k];
      if (values[k] > most[unit]) most[unit] = values[k];
    }
    for (let unit = 0; unit <= AXIS; unit++) if (most[unit] >= least[unit]) { go(unit, least[unit]); path += `V${y(most[unit])}`; }
  }
  if (pen) path += `H${(playback.end * scale).toFixed(2)}`;
  return { path, low, high };
}
