/**
 * The cursor: which moment of which run, the recording that is played back there, and how to get to another moment.
 *
 * Recordings that are not here are fetched; then the move goes on. `onShow(remark)` is told when the cursor stands
 * somewhere (again), `onRecording()` when another recording is played back.
 */

import { Playback } from "./playback.js";
import { erasures } from "./erasure.js";
import { grouped } from "./numbers.js";
import { search } from "./search.js";
import { fetcher, recordings } from "./windows.js";
import { throttled } from "./throttle.js";

const SAVE_EVERY = 100;         // milliseconds between saves of the position

export function cursorOver({ model, root, kernel, onShow, onRecording, say }) {
  let recording = null;         // the one that is played back
  let remark = "";              // what was to be said of the last move
  const here = {
    program: null,
    playback: null,
    losses: null,               // what its steps erase
    moment: model.get("position") ?? 0,
    way: 1,                     // of the last move: -1 after a step back, which is told and shown as such
    get total() { return model.get("total") ?? 0; },
    get complete() { return model.get("complete") ?? true; },
  };
  const windows = fetcher({ model, root, reason: () => kernel.reason(), live: () => kernel.live(), now: () => here, say, use, arrive });
  // The model learns of a move when it is sent, not before: the kernel's echo of the last one would undo the moves since.
  const save = throttled(() => {
    if (model.get("position") === here.moment) return;
    model.set("position", here.moment);
    model.save_changes();
  }, SAVE_EVERY);

  /** Play back this recording. */
  function use(window) {
    if (window === recording) return;
    recording = window;
    const { program } = here;
    here.playback = window?.offsets ? new Playback(window) : null;
    here.losses = program && here.playback ? erasures(program, here.playback) : null;
    if (here.playback) root.dataset.recorded = `${here.playback.start} ${here.playback.end}`;
    if (!here.losses) return;
    recordings(program).add(window);
    onRecording();
  }

  /** A recording has come that no move waits for: with the model, or a wider one than there was. */
  function arrive(window) {
    if (!here.program || !window) return;
    const known = recordings(here.program);
    known.add(window);
    const best = known.at(here.moment) ?? (recording?.run === window.run ? recording : window);
    if (best === recording) return;
    use(best);
    if (!windows.waiting()) go(here.moment, remark);
  }

  const nearest = t => Math.max(here.playback.start, Math.min(t, here.playback.end, here.total));

  /** Stand at a moment of the recording. */
  function stand(t, words = "") {
    if (!here.playback?.reaches(t)) return;
    remark = words;
    if (t !== here.moment) here.way = t === here.moment - 1 && here.playback.reaches(here.moment) ? -1 : 1;
    const moved = t !== here.moment;
    here.moment = t;
    here.playback.seek(t);
    onShow(words, moved);
    if (model.get("position") !== t) save();
  }

  /** To a moment; one that is not in a recording, when asking again would not help, gives the nearest that is. */
  function go(t, words = "") {
    t = Math.max(0, Math.min(Math.round(t), here.total));
    if (!here.program) return;
    if (!here.playback?.covers(t)) use(recordings(here.program).at(t) ?? recording);
    if (here.playback?.covers(t)) { windows.forget(); stand(t, words); return; }
    const what = `step ${grouped(t)}`;
    const then = () => (here.playback ? stand(nearest(t), words) : go(t, words));
    if (!windows.fetch({ t, words: what, then })) notHere(what);
  }

  function notHere(what) {
    if (here.playback) stand(nearest(here.moment));
    say(`${what} is not recorded here: ${kernel.reason()}`);
  }

  /** To the nearest moment that passes; `otherwise`: what to say when there is none, or what to do. */
  function find(wanted, way, otherwise, from = here.moment + way, words = "") {
    if (!here.playback) return;
    const { found, from: further, window } = search(here.playback, wanted, from, way, here.total);
    if (found !== undefined) go(found, words);
    else if (further !== undefined) {
      const what = `the run from step ${grouped(further)} on`;
      if (!windows.fetch({ start: window, words: what, then: () => find(wanted, way, otherwise, further, words) })) notHere(what);
    } else if (typeof otherwise === "function") otherwise();
    else { stand(here.moment); say(otherwise); }
  }

  return {
    here, go, find, windows,
    again: () => { if (here.playback) stand(here.moment); },
    /** Another program: its run begins with the recording that the model has. */
    load(program) {
      here.program = program;
      use(null);
      arrive(model.get("window"));
    },
    close() { save.flush(); windows.close(); },
  };
}
