/**
 * The stepper: one cursor over one run, played back here in the browser.
 *
 * The kernel sends the program once, and windows of the run as typed-array columns: which row ran at each moment and
 * what it wrote. Memory at any moment follows from them, forwards (`after`) and backwards (`before`, found by one scan),
 * so a step costs milliseconds and no round trip; the kernel is asked only for moments outside the windows that are here.
 *
 * A moment t in 0..total lies between instructions: instruction t leads from moment t to moment t + 1. So moment t is
 * "after t steps", its trace row is number t, and the lit source line is the one that would run next.
 *
 * playback, decode, numbers, words, search and pictures are pure; the views (source, state, trace, timeline, bar) make
 * elements with dom and list; `render`, below, wires them to the model.
 */

import { Playback } from "./playback.js";
import { decode, changesAt, effects, lastMove, placeOf } from "./decode.js";
import { grouped } from "./numbers.js";
import { effectsText, narrate } from "./words.js";
import { runsLine, mentions, changesWatched, follows, watchOf, search } from "./search.js";
import { h, setText, setAttribute } from "./dom.js";
import { sourceView } from "./source.js";
import { stateView } from "./state.js";
import { traceView } from "./trace.js";
import { timelineView } from "./timeline.js";
import { barView } from "./bar.js";
import { asker } from "./ask.js";
import { driver } from "./drive.js";
import { controlsView } from "./controls.js";
import { breakpointList } from "./breakpoints.js";
import { bookmarkList } from "./bookmarks.js";
import { resultView } from "./result.js";
import { gradientView, heatSource } from "./gradient.js";
import { guessView } from "./guess.js";
import { erasures } from "./erasure.js";
import { fetcher, recordings } from "./windows.js";
import { mirrors } from "./mirror.js";
import { keyListener } from "./keys.js";

const SAVE_EVERY = 100;         // milliseconds between saves of the position
const SPEAK_AFTER = 400;        // milliseconds of rest before a screen reader is told

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

function render({ model, el }) {
  const root = h("div", { class: "revbench-stepper", "data-revbench": "stepper", tabindex: "0", role: "group", "aria-label": "stepper" });
  const bar = barView({
    first: () => go(0), back: () => go(moment - 1), forward: () => forward(), last: () => go(total()),
    play: () => (timer ? pause() : play()), speed: () => { if (timer) play(); },
    earlier: () => watch && find(changesWatched(program, watch), -1, `no earlier change of ${watch.label}`),
    later: () => watch && find(changesWatched(program, watch), 1, `no later change of ${watch.label}`),
    erasure: () => losses && find(losses.next, 1, "nothing more is erased"),
  });
  const controls = controlsView({
    over: back => drive.over(back), out: back => drive.out(back), run: back => drive.run(back), stop: () => drive.stop(),
    ask: (what, details) => drive.ask(what, details), mark: () => marks.edit(),
  });
  const timeline = timelineView({ onMoment: t => go(t), onUnwatch: () => setWatch(null), onUnmark: t => marks.remove(t) });
  const banner = h("div", { class: "rvb-banner", role: "status", hidden: true });
  const result = resultView();
  const body = h("div", { class: "rvb-body" });
  const story = h("div", { class: "rvb-story" });
  const alarm = h("div", { class: "rvb-alarm", role: "alert", hidden: true });
  const speech = h("div", { class: "rvb-speech", "aria-live": "polite" });
  const gradient = gradientView({
    ask: (what, details) => kernel.ask(what, details), go: (t, remark) => go(t, remark), say: text => say(text), total: () => total(),
    heat: parts => heatSource(body, parts),
  });
  const guess = guessView({ now: () => ({ program, playback, state }), step: () => go(moment + 1), say: text => say(text), done: () => root.focus({ preventScroll: true }) });
  controls.element.append(guess.toggle);
  root.append(bar.element, controls.element, banner, timeline.element, guess.element, body, result.element, gradient.element, story, alarm, speech);
  el.append(root);

  let program = null;
  let playback = null;
  let moment = model.get("position") ?? 0;
  let views = [];
  let lastWay = 1;              // of the last move: -1 after a step back, which is told and shown as such
  let watch = null;
  let current = null;           // the window that is played back
  let losses = null;            // what its steps erase
  let timer = null;
  let voice = null;
  const total = () => model.get("total") ?? 0;
  // The model learns of a move when it is sent, not before: the kernel's echo of the last one would undo the moves since.
  const save = throttled(() => {
    if (model.get("position") === moment) return;
    model.set("position", moment);
    model.save_changes();
  }, SAVE_EVERY);

  const kernel = asker({ model, root, at: () => moment, onBusy: state => controls.busy(state), onChange: () => paintBanner() });
  const windows = fetcher({
    model, root, reason: () => kernel.reason(), live: () => kernel.live(), now: () => ({ moment, total: total(), playback }), say, use, arrive,
  });
  const breakpoints = breakpointList({ model, root, program: () => program, onChange: paintBreakpoints });
  const drive = driver({
    kernel, breakpoints, result, until: controls.until, go, find, say, pause,
    now: () => ({ program, playback, moment, total: total() }),
  });
  const stateOptions = {
    onWatch: (frame, variable) => setWatch(frame, variable),
    acts: { ask: drive.ask, whatIf: drive.whatIf },
  };
  const beside = mirrors({ root, options: stateOptions, breakpoints });
  const marks = bookmarkList({ model, timeline, result, at: () => moment, total, done: () => root.focus({ preventScroll: true }) });

  // ---- the kernel's side

  function loadProgram() {
    views.forEach(view => view.close());
    const given = model.get("program");
    program = given?.rows ? given : null;
    watch = null;
    views = program ? [
      sourceView(program, { onBreakpoint: breakpoints.toggle, onLine: (source, line, way) => find(runsLine(program, source, line), way, `line ${line} does not run ${way > 0 ? "again" : "earlier"}`) }),
      stateView(stateOptions),
      traceView({ onMoment: t => go(t), onSearch: (text, way) => find(mentions(program, text), way, `“${text}” is not found ${way > 0 ? "later" : "earlier"}`) }),
    ] : [];
    body.replaceChildren(...views.map(view => view.element));
    result.hide();
    gradient.reset(program);
    use(null);
    arrive(model.get("window"));
    breakpoints.tell();
    marks.paint();
  }

  /** Play back from this window. */
  function use(window) {
    if (window === current) return;
    current = window;
    playback = window?.offsets ? new Playback(window) : null;
    losses = program && playback ? erasures(program, playback) : null;
    if (!losses) return;
    recordings(program).add(window);
    redraw();
  }

  /** A window has come that no move waits for: with the model, or a wider one than there was. */
  function arrive(window) {
    if (!program || !window) return;
    const here = recordings(program);
    here.add(window);
    const best = here.at(moment) ?? (current?.run === window.run ? current : window);
    if (best === current) return;
    use(best);
    if (!windows.waiting()) go(moment, said);
  }

  // ---- moving

  /** The moment nearest to t that this window can show, when asking again would not help. */
  function settle(t, remark) {
    if (!playback) return go(t, remark);
    show(Math.max(playback.start, Math.min(t, playback.end, total())), remark);
  }

  function go(t, remark = "") {
    t = Math.max(0, Math.min(Math.round(t), total()));
    if (!program) return;
    if (!playback?.covers(t)) use(recordings(program).at(t) ?? current);
    if (playback?.covers(t)) { windows.forget(); show(t, remark); return; }
    const words = `step ${grouped(t)}`;
    if (!windows.fetch({ t, words, then: () => settle(t, remark) })) notHere(words);
  }

  function notHere(words) {
    show(Math.max(playback?.start ?? 0, Math.min(moment, playback?.end ?? 0)));
    say(`${words} is not recorded here: ${kernel.reason()}`);
  }

  /** `otherwise`: what to say when nothing is found, or what to do. */
  function find(wanted, way, otherwise, from = moment + way, remark = "") {
    if (!playback) return;
    const { found, from: further, window } = search(playback, wanted, from, way, total());
    if (found !== undefined) go(found, remark);
    else if (further !== undefined) {
      const words = `the run from step ${grouped(further)} on`;
      if (!windows.fetch({ start: window, words, then: () => find(wanted, way, otherwise, further, remark) })) notHere(words);
    } else if (typeof otherwise === "function") otherwise();
    else { show(moment); say(otherwise); }
  }

  function redraw() { timeline.redraw(program, playback, total(), watch, breakpoints.enabled(), losses); }

  function paintBreakpoints() {
    views[0]?.mark(breakpoints.all());
    beside.paintBreakpoints();
    if (program && playback) redraw();
  }

  function paintBanner() {
    const text = [kernel.reason() || model.get("stale"), model.get("held")].filter(Boolean).join("; ");
    banner.hidden = !text;
    setText(banner, text);
    setAttribute(root, "data-stale", model.get("stale") ? "true" : null);
    setAttribute(root, "data-kernel-gone", kernel.reason() ? "true" : null);
    kernel.gate();
    if (kernel.reason()) windows.failed();
    else windows.widen();
  }

  function forward() { if (!guess.asks()) go(moment + 1); }

  function play() {
    pause();
    if (moment >= total()) go(0);
    const rate = bar.rate(total());
    const stride = Math.max(1, Math.round(rate / 30));
    timer = setInterval(() => {
      if (windows.waiting()) return;
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
    redraw();
    show(moment);
  }

  // ---- showing

  let state = null;
  let lit = null;               // the line that is lit
  let said = "";                // what was to be said of the last move

  function paintBar() {
    const focused = root.querySelector(":focus");
    bar.update({
      moment, total: total(), complete: model.get("complete") ?? true, backward: state?.backward ?? false,
      playing: timer !== null, watch, name: program?.title ?? "", erased: losses?.at(moment) ?? 0, erasesLater: losses?.moments.at(-1) > moment,
    });
    controls.update({ moment, total: total(), complete: model.get("complete") ?? true, marked: marks.has(moment) });
    if (focused?.disabled) root.focus({ preventScroll: true });     // else the keys would go to the page
  }

  function show(t, remark = "") {
    if (!playback?.reaches(t)) return;
    said = remark;
    if (t !== moment) {
      guess.moved();
      lastWay = t === moment - 1 && playback.reaches(moment) ? -1 : 1;
    }
    moment = t;
    playback.seek(t);
    state = decode(program, playback);
    const context = { program, playback, changes: changesAt(playback, lastWay), watch, way: lastWay };
    const step = lastMove(playback, lastWay);
    const told = narrate(program, playback, { total: total(), complete: model.get("complete") ?? true, way: lastWay });
    const words = remark ? `${remark} · ${told}` : told;
    const place = placeOf(program, playback, state.row, t);
    lit = place;
    const [source, variables, trace] = views;
    paintBar();
    timeline.update(t, words);
    source.update({
      next: place, done: step && program.rows[step.row].source >= 0 ? program.rows[step.row] : null,
      takenBack: lastWay < 0, note: effectsText(effects(program, playback, lastWay), lastWay), backward: state.backward, finished: state.finished,
    });
    variables.update(state, context);
    beside.update(state, context, { name: program.title ?? "", total: total() });
    trace.update({ program, playback, moment: t, total: total() });
    gradient.update(t);
    say(words);
    showError();
    if (kernel.reason()) kernel.gate();          // rows that have just been made
    setAttribute(root, "data-moment", t);
    setAttribute(root, "data-direction", state.backward ? "backward" : "forward");
    announce();
    if (model.get("position") !== t) save();
  }

  function announce() {
    const place = lit && { source: lit.source, name: program.sources[lit.source]?.name, line: lit.line, moment, backward: state.backward };
    root.dispatchEvent(new CustomEvent("revbench:line", { bubbles: true, composed: true, detail: place }));
  }

  // What was said before the notebook took us in, nobody has heard.
  const arrival = new ResizeObserver(() => {
    if (!root.isConnected) return;
    arrival.disconnect();
    if (state) announce();
    breakpoints.tell(true);
  });

  function say(text) {
    setText(story, text);
    beside.say(text);
    setAttribute(story, "title", text);
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

  const onKey = keyListener({
    holds: event => event.composedPath().includes(root) || beside.hold(event),
    controls,
    acts: {
      over: drive.over, out: drive.out, run: drive.run, mark: () => marks.edit(),
      move: steps => (steps === 1 ? forward() : go(moment + steps)), goto: last => go(last ? total() : 0), play: () => (timer ? pause() : play()),
      breakpoint: () => { if (lit) breakpoints.toggle(lit.source, lit.line); }, moveGutter: (target, way) => views[0].moveGutter(target, way),
    },
  });

  /** Notebooks take the focus to the cell on a click into its output: then the keys would no longer be ours. */
  function keepFocus() {
    if (!root.matches(":focus-within")) root.focus({ preventScroll: true });
  }

  const listeners = {
    "change:program": loadProgram,
    "change:window": () => windows.take(model.get("window")),
    "change:position": () => { if (model.get("position") !== moment) go(model.get("position")); },
    "change:total": () => { if (program && playback) { redraw(); marks.paint(); go(moment); } },
    "change:complete": () => { if (program) go(moment); },
    "change:error": showError,
    "change:height": setHeight,
    "change:bookmarks": () => { marks.paint(); paintBar(); },
    "change:stale": paintBanner,
    comm_live_update: () => paintBanner(),
    "msg:custom": (message, buffers) => {
      if (kernel.take(message) || windows.message(message, buffers) || message?.kind !== "error") return;
      windows.failed();
      say(message.text);
    },
  };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);
  window.addEventListener("keydown", onKey, true);
  root.addEventListener("click", keepFocus);
  setHeight();
  loadProgram();
  paintBanner();
  arrival.observe(root);

  return () => {
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
    window.removeEventListener("keydown", onKey, true);
    save.flush();
    clearInterval(timer);
    windows.close();
    arrival.disconnect();
    kernel.close();
    controls.close();
    breakpoints.close();
    beside.close();
    clearTimeout(voice);
    views.forEach(view => view.close());
    root.remove();
  };
}

export default { render };
