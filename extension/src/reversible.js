/** Reversible cells have more: words of the language in colour, and a gutter for breakpoints. */

import { syntaxTree } from "@codemirror/language";
import { Compartment, EditorState, RangeSet, RangeSetBuilder, StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView, GutterMarker, ViewPlugin, gutter } from "@codemirror/view";

import { ordered, savedLines, saveLines } from "./saved.js";

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

function linesIn(dots, doc) {
  const lines = new Set();
  for (let cursor = dots.iter(); cursor.value; cursor.next()) lines.add(doc.lineAt(cursor.from).number);
  return [...lines];
}

function marked(doc, lines) {
  return RangeSet.of(ordered(lines).filter(line => line >= 1 && line <= doc.lines).map(line => DOT.range(doc.line(line).from)));
}

/** Does a change put another text in place of all? So do formatters, and whoever sets a cell's source. */
function replacesAll({ changes, startState }) {
  let found = false;
  changes.iterChangedRanges((from, to) => { found ||= from === 0 && to === startState.doc.length && to > 0; });
  return found;
}

/** Lines of a text in another one: what both begin or end with is the same, in between line stands for line. */
function carried(lines, before, after) {
  const [old, fresh] = [before, after].map(doc => doc.toString().split("\n"));
  let head = 0;
  while (head < Math.min(old.length, fresh.length) && old[head] === fresh[head]) head++;
  let tail = 0;
  while (tail < Math.min(old.length, fresh.length) - head && old.at(-1 - tail) === fresh.at(-1 - tail)) tail++;
  const end = fresh.length - tail;          // the last line in between
  return lines.flatMap(line => (line > old.length - tail ? line + fresh.length - old.length : line <= end ? line : []));
}

/** Breakpoints keep to their lines while the cell is edited. */
export const breakpoints = StateField.define({
  create: () => RangeSet.empty,
  update(value, transaction) {
    let next = value;
    if (transaction.docChanged && value.size) {
      next = replacesAll(transaction)
        ? marked(transaction.newDoc, carried(linesIn(value, transaction.startState.doc), transaction.startState.doc, transaction.newDoc))
        : value.map(transaction.changes);
    }
    for (const effect of transaction.effects) if (effect.is(setBreakpoints)) next = marked(transaction.state.doc, effect.value.lines);
    return next;
  },
});

export const linesOf = state => linesIn(state.field(breakpoints), state.doc);

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

// ---- the cell's metadata keep the breakpoints

/** `onToggle(model, lines)` hears of those that the user sets in the editor. */
function kept(model, onToggle) {
  const hear = view => {
    const lines = savedLines(model);
    if (linesOf(view.state).join() !== lines.join()) view.dispatch({ effects: setBreakpoints.of({ lines }) });
  };
  return [
    breakpoints.init(state => marked(state.doc, savedLines(model))),
    ViewPlugin.define(view => {
      const listener = () => hear(view);
      model.metadataChanged?.connect(listener);
      return { destroy: () => model.metadataChanged?.disconnect(listener) };
    }),
    EditorView.updateListener.of(({ state, startState, transactions }) => {
      if (state.field(breakpoints) === startState.field(breakpoints)) return;
      const lines = linesOf(state);
      saveLines(model, lines);
      if (transactions.some(one => one.effects.some(effect => effect.is(setBreakpoints) && effect.value.toggled))) onToggle(model, lines);
    }),
  ];
}

// ---- all of it, while the cell begins with %%reversible

export function reversible(model, onToggle) {
  const place = new Compartment();
  const more = [colouring, dots];
  return [
    kept(model, onToggle),
    place.of(isReversible(model.sharedModel.getSource()) ? more : []),
    EditorState.transactionExtender.of(transaction => {
      if (!transaction.docChanged) return null;
      const now = isReversible(transaction.newDoc.sliceString(0, 200));
      return now === isReversible(transaction.startState.doc.sliceString(0, 200)) ? null : { effects: place.reconfigure(now ? more : []) };
    }),
  ];
}
