/**
 * Recordings of stretches of a run: which are here, and how others are asked for.
 *
 * The model carries a small one around its position, so that playback begins at once, also after a reload. Others come as
 * messages: a small one around a moment that is far, and, while the stepper is seen and the kernel is there, a wide one
 * around the cursor. They belong to the run, so that a view that is drawn again has them still when the kernel has gone.
 */

import { column } from "./playback.js";
import { setAttribute } from "./dom.js";

const NEAR = 20_000;            // moments around a far one: they are here in no time
const WIDE = 250_000;           // what the kernel sends when it is not told how many
const MOST = 4;                 // recordings that are kept
const REST = 400;               // milliseconds without a move until a wide one is asked for
const PATIENCE = 4000;          // milliseconds until we say that the kernel has not answered

const kept = new WeakMap();     // program -> recordings, the latest first

const endOf = window => window.start + column(window.rows, Int32Array).length;
/** Can a recording show moment t, and the step that led to it? */
const covers = (window, t) => t <= endOf(window) && (t > window.start || t === 0);

/** The recordings of a program's run. */
export function recordings(program) {
  const all = () => kept.get(program) ?? [];
  return {
    /** Another one; those of a run that was shown before in its place are dropped. */
    add(window) {
      const others = all().filter(other => other !== window && other.run === window.run && !(window.offsets && other.start === window.start && endOf(other) <= endOf(window)));
      kept.set(program, window.offsets ? [window, ...others].slice(0, MOST) : others);
    },
    /** The widest that shows moment t, or null. */
    at: t => all().filter(window => covers(window, t)).reduce((best, window) => (best && endOf(best) - best.start >= endOf(window) - window.start ? best : window), null),
  };
}

/** A message with a recording, put together. */
const opened = ({ window, columns }, buffers) => ({ ...window, ...Object.fromEntries(columns.map((name, k) => [name, buffers[k]])) });

/**
 * What is asked for. `reason()` says why nothing can be asked, `live()` whether the kernel is known to be there, `now()`
 * says {moment, total, playback}; `use` shows a recording, `arrive` is told of those that nobody waits for.
 */
export function fetcher({ model, root, reason, live, now, say, use, arrive }) {
  let goal = null;              // {start, moments, t, then}: what to do when its recording is here
  let asked = null;             // where the recording begins that is on its way for a goal
  let wide = null;              // {start}: the wide one that was asked for last
  let seen = false;
  let patience = null;
  let rest = null;

  const send = (start, moments) => model.send({ kind: "window", start, ...(moments && { moments }) });

  function sendGoal() {
    asked = goal.start;
    send(goal.start, goal.moments);
  }

  const view = {
    waiting: () => goal !== null,
    /** The recording around moment t, or that from `start` on; then `then` is done. False if it cannot be had. */
    fetch({ t, start, then, words }) {
      view.forget();
      if (reason()) return false;
      goal = t === undefined ? { start, then } : { start: Math.max(0, t - Math.floor(Math.min(NEAR, now().playback?.count ?? NEAR) / 2)), moments: NEAR, t, then };
      setAttribute(root, "aria-busy", "true");
      say(`fetching ${words} …`);
      patience = setTimeout(() => say(`fetching ${words}: the kernel has not answered yet`), PATIENCE);
      if (asked === null) sendGoal();           // else it waits: only the last of many moves counts
      return true;
    },
    /** Nothing is waited for any more. */
    forget() {
      goal = null;
      clearTimeout(patience);
      setAttribute(root, "aria-busy", null);
    },
    /** A recording is here, by a message or with the model: what was to be done with it is done. */
    take(window, start = null) {
      if (start === asked) asked = null;
      const met = goal && window.offsets && (start === goal.start || (goal.t !== undefined && covers(window, goal.t)));
      if (met) {
        const { then } = goal;
        view.forget();
        use(window);
        then();
      } else {
        arrive(window);
        if (goal && asked === null) sendGoal();
      }
      view.widen();
    },
    /** Was this message a recording? */
    message(message, buffers) {
      if (message?.kind !== "window") return false;
      view.take(opened(message, buffers ?? []), message.asked);
      return true;
    },
    failed() { asked = null; view.forget(); },
    /** A wider recording around the cursor, once it rests. */
    widen() {
      clearTimeout(rest);
      rest = setTimeout(() => {
        const { moment, total, playback } = now();
        if (!seen || !live() || goal || !playback || playback.count >= Math.min(total, WIDE)) return;
        const start = Math.max(0, Math.min(moment - WIDE / 2, total - WIDE));
        if (wide && wide.run === model.get("window").run && moment > wide.start && moment <= wide.start + WIDE) return;
        wide = { start, run: model.get("window").run };
        send(start);
      }, REST);
    },
    close() {
      view.forget();
      clearTimeout(rest);
      watcher.disconnect();
    },
  };
  const watcher = new IntersectionObserver(entries => { seen = entries.at(-1).isIntersecting; if (seen) view.widen(); });
  watcher.observe(root);
  return view;
}
