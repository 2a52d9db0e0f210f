/** Bits that a run has erased: the cotangents of locals, which a gradient lets go of. Kernels and their inverses erase none. */

import { grouped } from "./numbers.js";
import { liveVariables, elements } from "./decode.js";
import { AXIS } from "./pictures.js";

const WORD = 64;                        // bits of a number that is not 0: a 0 can be let go of and found again
const JOULE = 1.380649e-23 * 300 * Math.LN2;      // of heat at least for one bit, at 300 K (Landauer 1961)

/** The cell or cells that are not 0 among those that a row forgets. */
function forgotten(program, playback, { row, ip }) {
  const { live, live_after: liveAfter } = program.rows[row];
  const stays = new Set(program.lives[liveAfter]);
  const lost = program.lives[live].filter(id => !stays.has(id));
  const cells = liveVariables(program, playback.banks, { ip, fn: program.rows[row].fn, live: lost }).flatMap(v => (v.dims ? Array.from(elements(playback.banks, v)) : [v.value]));
  return cells.filter(value => value !== 0).length;
}

/** `at(t)` is how many bits are erased at moment t of a window; `moments` are those after each erasure. */
export function erasures(program, playback) {
  const base = playback.erased;
  const forgets = program.rows.map(({ kind }) => kind === "forget");
  const moments = [];
  const sums = [];
  if (forgets.includes(true)) {
    const here = playback.moment;
    for (let k = 0; k < playback.count; k++) {
      if (!forgets[playback.rows[k]]) continue;
      playback.seek(playback.start + k);
      const bits = WORD * forgotten(program, playback, { row: playback.rows[k], ip: playback.ips[k] });
      if (!bits) continue;
      moments.push(playback.start + k + 1);
      sums.push((sums.at(-1) ?? base) + bits);
    }
    playback.seek(here);
  }
  const before = t => {                 // how many erasures lie at or before moment t
    let [low, high] = [0, moments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (moments[middle] <= t) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return {
    moments, sums, base,
    at(t) { const k = before(t); return k ? sums[k - 1] : base; },
    /** A search for moments right after an erasure. */
    next: { needsStep: true, test: (_, t) => { const k = before(t); return k > 0 && moments[k - 1] === t; } },
  };
}

/** The erased bits over AXIS units as an area, `height` high; "" if the run erases none. */
export function erasurePath({ moments, sums, base }, playback, total, height) {
  const top = sums.at(-1) ?? base;
  if (!top) return "";
  const x = t => ((AXIS * t) / Math.max(total, 1)).toFixed(2);
  const y = bits => (height - ((height - 1) * bits) / top).toFixed(2);
  const stride = Math.max(1, Math.ceil(moments.length / AXIS));
  let path = `M${x(playback.start)} ${height}V${y(base)}`;
  for (let k = 0; k < moments.length; k += stride) path += `H${x(moments[k])}V${y(sums[Math.min(k + stride, sums.length) - 1])}`;
  return `${path}H${x(playback.end)}V${height}z`;
}

/** What is said of it, and why it matters. */
export function erasureWords(bits) {
  const heat = bits ? ` Here: ${(bits * JOULE).toExponential(1)} J.` : "";
  return {
    text: `${grouped(bits)} bit${bits === 1 ? "" : "s"} erased`,
    title: "bits erased so far. A kernel and its inverse erase none: each step can be taken back. A gradient's way back lets go of the cotangents of its locals "
      + `(forget), 64 bits for each that is not 0. Landauer: every erased bit costs at least kT ln 2 of heat.${heat}`,
  };
}
