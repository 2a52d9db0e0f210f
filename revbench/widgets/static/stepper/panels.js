/** The three panels, source, state and trace, over one program: made anew for each, and shown at each moment. */

import { decode, changesAt, effects, lastMove, placeOf } from "./decode.js";
import { effectsText, narrate } from "./words.js";
import { runsLine, mentions, follows, watchOf } from "./search.js";
import { numberOf } from "./numbers.js";
import { h } from "./dom.js";
import { sourceView } from "./source.js";
import { stateView } from "./state.js";
import { traceView } from "./trace.js";
import { steadyHeights } from "./steady.js";

/**
 * `acts` are what can be asked about a variable, `past(place, frame)` promises the kernel's history of a number; `secret()`: is what
 * steps to come will do not to be told? `onWatch()` is told when another variable is followed, or more is known of it.
 */
export function panelsView({ cursor, breakpoints, acts, past, onWatch, secret }) {
  const { here, go, find } = cursor;
  const element = h("div", { class: "rvb-body" });
  let views = [];
  const heights = steadyHeights();
  const stateOptions = { acts, onWatch: (frame, variable) => panels.follow(frame, variable) };

  const panels = {
    element, stateOptions,
    watch: null,                // the variable that is followed
    state: null,
    lit: null,                  // the line that is lit
    load(program) {
      views.forEach(view => view.close());
      panels.watch = null;
      views = program ? [
        sourceView(program, {
          onBreakpoint: breakpoints.toggle,
          onLine: (source, line, way) => find(runsLine(program, source, line), way, `line ${line} does not run ${way > 0 ? "again" : "earlier"}`),
        }),
        stateView(stateOptions),
        traceView({ onMoment: t => go(t), onSearch: (text, way) => find(mentions(program, text), way, `“${text}” is not found ${way > 0 ? "later" : "earlier"}`) }),
      ] : [];
      element.replaceChildren(...views.map(view => view.element));
      heights.keep(element.children, element);
    },
    mark: list => views[0]?.mark(list),
    moveGutter: (target, way) => views[0].moveGutter(target, way),
    /** One call follows the variable, the next its cotangent (of a complex number part by part), one more nothing. */
    follow(frame, variable) {
      const parts = [variable?.absent ? null : variable, variable?.imag, variable?.cotangent, variable?.cotangent?.imag];
      const choices = parts.filter(Boolean);
      const target = choices[choices.findIndex(choice => follows(panels.watch, choice)) + 1];
      const watch = target ? watchOf(here.program, frame, target) : null;
      panels.watch = watch;
      onWatch();
      const isWhole = here.playback?.start === 0 && here.playback.end >= here.total;
      if (!watch || watch.dims || isWhole || /^(Fixed|ULog|stack)/.test(watch.dtype)) return;
      past(target.role === "cotangent" ? `${target.of}.bar` : target.place, panels.state.frames.indexOf(frame)).then(reply => {
        if (reply.kind !== "answer" || panels.watch !== watch) return;
        const [first, ...values] = reply.values.map(numberOf);
        watch.past = { first, values, start: reply.moments[0], moments: reply.moments.slice(1), count: reply.count - 1 };
        onWatch();
      });
    },
    /** Look at the cursor's moment: then `state` and `lit` are those. Gives what is needed to paint it. */
    look() {
      const { program, playback, way, moment } = here;
      panels.state = decode(program, playback);
      panels.lit = placeOf(program, playback, panels.state.row, moment);
      return { program, playback, changes: changesAt(playback, way), watch: panels.watch, way };
    },
    words: () => narrate(here.program, here.playback, here),
    paint(context) {
      const { program, playback, way, moment, total } = here;
      const { state, lit } = panels;
      const step = lastMove(playback, way);
      const [source, variables, trace] = views;
      source.update({
        next: lit, done: step && program.rows[step.row].source >= 0 ? program.rows[step.row] : null,
        takenBack: way < 0, note: effectsText(effects(program, playback, way), way), backward: state.backward, finished: state.finished,
      });
      variables.update(state, context);
      trace.update({ program, playback, moment, total, secret: secret() });
    },
    /** Another height was asked for. */
    resize: heights.release,
    close() {
      heights.close();
      views.forEach(view => view.close());
    },
  };
  return panels;
}
