/** Reversible cells have more: words of the language in colour, and a gutter for breakpoints. */

import { syntaxTree } from "@codemirror/language";
import { Compartment, EditorState, RangeSet, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, GutterMarker, ViewPlugin, gutter } from "@codemirror/view";

/** Words that Python's own grammar does not know; `for`, `while`, `if`, ... it colours itself. */
const WORDS = new Set(["fi", "came_from", "until", "keep", "free", "compute", "uncompute", "inverse", "unchecked", "probe"]);

export function isReversible(text) {
  return /^\s*%%reversible\b/.test(text);
}

// ---- words

const WORD = Decoration.mark({ class: "rvb-word" });

function words(view) {
  const builder = new RangeSetBuilder();
  for (const { from, to } of view.visibleRanges) {
    syntaxTree(view.state).iterate({
      from, to,
      enter: node => {
        if (node.name === "VariableName" && WORDS.has(view.state.sliceDoc(node.from, node.to))) builder.add(node.from, node.to, WORD);
      },
    });
  }
  return builder.finish();
}

const colouring = ViewPlugin.define(
  view => ({
    decorations: words(view),
    update(update) {
      const parsed = syntaxTree(update.state) !== syntaxTree(update.startState);
      if (update.docChanged || update.viewportChanged || parsed) this.decorations = words(update.view);
    },
  }),
  { decorations: plugin => plugin.decorations },
);

// ---- breakpoints

/** The lines (1-based) that have a breakpoint. `toggled` is true where the user set them here, and a stepper must hear of it. */
export const setBreakpoints = StateEffect.define();

const DOT = new (class extends GutterMarker {
  toDOM() {
    const dot = document.createElement("span");
    dot.className = "rvb-dot";
    dot.title = "breakpoint: a click takes it away";
    return dot;
  }
})();

/** Breakpoints keep to their lines while the cell is edited. */
export const breakpoints = StateField.define({
  create: () => RangeSet.empty,
  update(value, transaction) {
    let next = transaction.docChanged ? value.map(transaction.changes) : value;
    const { doc } = transaction.state;
    for (const effect of transaction.effects) {
      if (!effect.is(setBreakpoints)) continue;
      const lines = [...new Set(effect.value.lines)].filter(line => line >= 1 && line <= doc.lines).sort((a, b) => a - b);
      next = RangeSet.of(lines.map(line => DOT.range(doc.line(line).from)));
    }
    return next;
  },
});

export function linesOf(state) {
  const lines = new Set();
  for (let cursor = state.field(breakpoints).iter(); cursor.value; cursor.next()) lines.add(state.doc.lineAt(cursor.from).number);
  return [...lines];
}

/** The effect of a click beside a line. */
export function toggled(state, line) {
  const lines = linesOf(state);
  return setBreakpoints.of({ lines: lines.includes(line) ? lines.filter(other => other !== line) : [...lines, line], toggled: true });
}

const dots = gutter({
  class: "rvb-breakpoints",
  renderEmptyElements: true,
  markers: view => view.state.field(breakpoints),
  initialSpacer: () => DOT,
  domEventHandlers: {
    mousedown(view, block) {
      view.dispatch({ effects: toggled(view.state, view.state.doc.lineAt(block.from).number) });
      return true;
    },
  },
});

// ---- both, while the cell begins with %%reversible

/** `onToggle(view, lines)` hears of breakpoints that the user sets. */
export function reversible(text, onToggle) {
  const place = new Compartment();
  const more = [colouring, dots];
  return [
    breakpoints,
    place.of(isReversible(text) ? more : []),
    EditorState.transactionExtender.of(transaction => {
      if (!transaction.docChanged) return null;
      const now = isReversible(transaction.newDoc.sliceString(0, 200));
      return now === isReversible(transaction.startState.doc.sliceString(0, 200)) ? null : { effects: place.reconfigure(now ? more : []) };
    }),
    EditorView.updateListener.of(update => {
      const heard = update.transactions.some(one => one.effects.some(effect => effect.is(setBreakpoints) && effect.value.toggled));
      if (heard) onToggle(update.view, linesOf(update.state));
    }),
  ];
}
