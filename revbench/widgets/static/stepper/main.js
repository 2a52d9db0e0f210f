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
 * playback, decode, numbers, words, search, pictures and erasure are pure; cursor and player move; the views (panels with source,
 * state and trace, timeline, bar, story) make elements with dom and list; `render`, below, wires them to the model.
 */

import { changesWatched } from "./search.js";
import { h, setAttribute } from "./dom.js";
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
import { mirrors } from "./mirror.js";
import { keyListener } from "./keys.js";
import { focusKeeper } from "./focus.js";
import { cursorOver } from "./cursor.js";
import { playerOf } from "./player.js";
import { panelsView } from "./panels.js";
import { storyView } from "./story.js";

function render({ model, el }) {
  const root = h("div", { class: "revbench-stepper", "data-revbench": "stepper", tabindex: "0", role: "group", "aria-label": "stepper" });
  const focus = () => root.focus({ preventScroll: true });
  const kernel = asker({ model, root, at: () => here.moment, onBusy: state => controls.busy(state), onChange: () => paintBanner() });
  const story = storyView({ model, root, kernel });
  const cursor = cursorOver({ model, root, kernel, onShow: show, onRecording: redraw, say });
  const { here, go, find } = cursor;
  const breakpoints = breakpointList({ model, root, program: () => here.program, onChange: paintBreakpoints });
  const panels = panelsView({
    cursor, breakpoints, acts: { ask: (...question) => drive.ask(...question), whatIf: (...edit) => drive.whatIf(...edit) },
    past: (place, frame) => kernel.ask("history", { place, frame }),
    onWatch: () => { if (here.playback) { redraw(); cursor.again(); } }, secret: () => guess.on(),
  });
  const follow = way => panels.watch && find(changesWatched(here.program, panels.watch), way, `no ${way < 0 ? "earlier" : "later"} change of ${panels.watch.label}`);
  const bar = barView({
    first: () => go(0), back: () => go(here.moment - 1), forward: () => forward(), last: () => go(here.total),
    play: () => player.toggle(), speed: () => player.changed(), earlier: () => follow(-1), later: () => follow(1),
    erasure: () => here.losses && find(here.losses.next, 1, "nothing more is erased"),
  });
  const player = playerOf({ cursor, rate: bar.rate, onChange: paintBar });
  const controls = controlsView({
    over: back => drive.over(back), out: back => drive.out(back), run: back => drive.run(back), stop: () => drive.stop(),
    ask: (what, details) => drive.ask(what, details), mark: () => marks.edit(),
  });
  const timeline = timelineView({ onMoment: t => go(t), onUnwatch: () => panels.follow(null, null), onUnmark: t => marks.remove(t) });
  const result = resultView();
  const drive = driver({ kernel, breakpoints, result, until: controls.until, go, find, say, pause: player.pause, now: () => here });
  const marks = bookmarkList({ model, timeline, result, at: () => here.moment, total: () => here.total, done: focus });
  const beside = mirrors({ root, options: panels.stateOptions, breakpoints });
  const gradient = gradientView({ ask: kernel.ask, go, say, total: () => here.total, heat: parts => heatSource(panels.element, parts) });
  const guess = guessView({ now: () => ({ ...here, state: panels.state }), step: () => go(here.moment + 1), say, done: focus, onTurn });
  controls.element.append(guess.toggle);
  root.append(bar.element, controls.element, story.banner, timeline.element, guess.element, panels.element, result.element, gradient.element, ...story.elements);
  el.append(root);

  function loadProgram() {
    const given = model.get("program");
    const program = given?.rows ? given : null;
    panels.load(program);
    result.hide();
    gradient.reset(program);
    cursor.load(program);
    breakpoints.tell();
    marks.paint();
  }

  function onTurn() {
    setAttribute(root, "data-guessing", guess.on() ? "true" : null);
    cursor.again();
  }

  function forward() { if (!guess.asks()) go(here.moment + 1); }

  // ---- showing

  function show(remark, moved) {
    if (moved) guess.moved();
    const context = panels.look();
    const { state } = panels;
    const words = remark ? `${remark} · ${panels.words()}` : panels.words();
    paintBar();
    timeline.update(here.moment, words);
    panels.paint(context);
    beside.update(state, context, { name: here.program.title ?? "", total: here.total });
    gradient.update(here.moment);
    say(words);
    story.paintError(here);
    if (kernel.reason()) kernel.gate();          // rows that have just been made
    setAttribute(root, "data-moment", here.moment);
    setAttribute(root, "data-direction", state.backward ? "backward" : "forward");
    announce();
  }

  function say(text) {
    story.say(text);
    beside.say(text);
  }

  function redraw() { timeline.redraw(here.program, here.playback, here.total, panels.watch, breakpoints.enabled(), here.losses); }

  function paintBar() {
    const { moment, total, complete, losses, program } = here;
    bar.update({
      moment, total, complete, backward: panels.state?.backward ?? false, playing: player.playing(), watch: panels.watch, name: program?.title ?? "",
      erased: losses?.at(moment) ?? 0, erasesLater: losses?.moments.at(-1) > moment,
    });
    controls.update({ moment, total, complete, marked: marks.has(moment) });
  }

  function paintBreakpoints() {
    panels.mark(breakpoints.all());
    beside.paintBreakpoints();
    if (here.losses) redraw();
  }

  function paintBanner() {
    story.paintBanner();
    kernel.gate();
    if (kernel.reason()) cursor.windows.failed();
    else cursor.windows.widen();
  }

  function setHeight() {
    root.style.setProperty("--rvb-height", `${model.get("height") ?? 380}px`);
    panels.resize();
  }

  let told = "";                // the place that the page knows

  /** Tell the page which line is lit; what it knows is told again `anew` only, for the light may be another stepper's by now. */
  function announce(anew = false) {
    const { lit, state } = panels;
    const place = lit && { source: lit.source, name: here.program.sources[lit.source]?.name, line: lit.line, moment: here.moment, backward: state.backward };
    const text = JSON.stringify(place);
    if (text === told && !anew) return;
    told = text;
    root.dispatchEvent(new CustomEvent("revbench:line", { bubbles: true, composed: true, detail: place }));
  }

  // What was said before the notebook took us in, nobody has heard.
  const arrival = new ResizeObserver(() => {
    if (!root.isConnected) return;
    arrival.disconnect();
    if (panels.state) announce(true);
    breakpoints.tell(true);
  });

  // ---- listening

  const onKey = keyListener({
    holds: event => event.composedPath().includes(root) || beside.hold(event),
    controls, focus,
    acts: {
      over: drive.over, out: drive.out, run: drive.run, mark: marks.edit, moveGutter: panels.moveGutter, play: player.toggle,
      move: steps => (steps === 1 ? forward() : go(here.moment + steps)), goto: last => go(last ? here.total : 0),
      breakpoint: () => { if (panels.lit) breakpoints.toggle(panels.lit.source, panels.lit.line); },
    },
  });

  /** Notebooks take the focus to the cell on a click into its output: then the keys would no longer be ours. */
  function keepFocus() { if (!root.matches(":focus-within")) focus(); }

  const listeners = {
    "change:program": loadProgram,
    "change:window": () => cursor.windows.take(model.get("window")),
    "change:position": () => { if (model.get("position") !== here.moment) go(model.get("position")); },
    "change:total": () => { if (here.losses) { redraw(); marks.paint(); go(here.moment); } },
    "change:complete": () => { if (here.program) go(here.moment); },
    "change:error": () => story.paintError(here),
    "change:height": setHeight,
    "change:bookmarks": () => { marks.paint(); paintBar(); },
    "change:stale": paintBanner,
    comm_live_update: paintBanner,
    "msg:custom": (message, buffers) => {
      if (kernel.take(message) || cursor.windows.message(message, buffers) || message?.kind !== "error") return;
      cursor.windows.failed();
      say(message.text);
    },
  };
  for (const [name, listener] of Object.entries(listeners)) model.on(name, listener);
  window.addEventListener("keydown", onKey, true);
  root.addEventListener("click", keepFocus);
  setHeight();
  const keeper = focusKeeper(root, focus);
  loadProgram();
  paintBanner();
  arrival.observe(root);

  return () => {
    for (const [name, listener] of Object.entries(listeners)) model.off(name, listener);
    window.removeEventListener("keydown", onKey, true);
    arrival.disconnect();
    for (const part of [keeper, cursor, player, kernel, controls, breakpoints, beside, story, panels]) part.close();
    root.removeAttribute("data-revbench");
    root.remove();
  };
}

export default { render };
