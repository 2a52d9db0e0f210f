/** The line that a stepper stands on, lit in the editor. */

import { StateEffect, StateField } from "@codemirror/state";
import { Decoration, EditorView } from "@codemirror/view";

/** `{ line, backward }` lights a line (1-based), null none. */
export const setLit = StateEffect.define();

const FORWARD = Decoration.line({ class: "rvb-lit", attributes: { "data-revbench-lit": "forward" } });
const BACKWARD = Decoration.line({ class: "rvb-lit rvb-lit-backward", attributes: { "data-revbench-lit": "backward" } });

function marked(doc, place) {
  if (!place || place.line < 1 || place.line > doc.lines) return Decoration.none;
  return Decoration.set((place.backward ? BACKWARD : FORWARD).range(doc.line(place.line).from));
}

/** Typing takes the light away: what runs is no longer what is written. */
export const lit = StateField.define({
  create: () => Decoration.none,
  update(value, transaction) {
    let next = transaction.docChanged ? Decoration.none : value;
    for (const effect of transaction.effects) if (effect.is(setLit)) next = marked(transaction.state.doc, effect.value);
    return next;
  },
  provide: field => EditorView.decorations.from(field),
});
