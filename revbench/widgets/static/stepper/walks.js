/** Where a walk ends, found by playback: to lines, over and out of calls. The same moments as the kernel's session finds. */

/** The rows with which a line begins, in either sense of running: twice the row, and one more where it runs backward. */
function beginnings(program, { source, line }) {
  const here = k => {
    const row = program.rows[k];
    return row?.source === source && row.line === line && row.kind !== "begin" && row.kind !== "end";
  };
  const found = [];
  program.rows.forEach((row, k) => {
    if (!here(k)) return;
    for (const sense of [1, -1]) if (!here(k - sense) || program.rows[k - sense].fn !== row.fn) found.push(2 * k + (sense < 0 ? 1 : 0));
  });
  return found;
}

/** A search for the moments at which one of these lines begins. */
export function linesBegin(program, places) {
  const wanted = new Set(places.flatMap(place => beginnings(program, place)));
  return {
    needsStep: false,
    any: wanted.size > 0,
    test(playback, t) {
      const { row, dir, finished } = playback.at(t);
      return !finished && wanted.has(2 * row + (dir < 0 ? 1 : 0));
    },
  };
}

/** A search for the moments in frames below `depth`: calls lie above what called them. */
export const framesUpTo = depth => ({ needsStep: false, test: (playback, t) => playback.at(t).ip <= depth });

/** A breakpoint on a line, without a condition or a count: those are the kernel's, where this one stops playback can decide. */
export const isPlain = b => b.line && !b.condition && (b.hits ?? 1) <= 1;

/** The moments of a window at which breakpoints on lines stop, at most `most` of them. */
export function stopsIn(program, playback, breakpoints, most) {
  const lines = breakpoints.filter(b => b.enabled !== false && b.line);
  if (!lines.length) return [];
  const { test } = linesBegin(program, lines);
  const found = [];
  for (let t = playback.start; t <= playback.end && found.length <= most; t++) if (test(playback, t)) found.push(t);
  return found.length > most ? [] : found;
}
