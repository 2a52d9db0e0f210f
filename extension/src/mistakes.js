/** Mistakes that the compiler found, as marks of an editor: underlined, explained on hover, mended where the hint has code. */

import { setDiagnostics } from "@codemirror/lint";

const STATEMENT = /^(free|del|return|pass|print|assert|fi|came_from|until)\b|^[^=()]*[^=!<>]=(?!=)/;

/** Code that the hint would have written: `{ code, name }`, or null. What is left out ("...") cannot be written. */
export function fixOf(hint) {
  const found = /^(?:write|did you mean|call) `([^`]+)`/.exec(hint ?? "");
  if (!found || found[1].includes("...") || found[1].includes("\n")) return null;
  return { code: found[1], name: `write ${found[1]}` };
}

/** The text that `code` stands for: a statement its whole line, an expression what is marked; null if they are no match. */
export function placeOf(code, text, from, to) {
  if (!STATEMENT.test(code)) return code.endsWith(":") ? null : { from, to };
  const start = text.length - text.trimStart().length;
  const comment = text.indexOf("#");
  const end = (comment < 0 ? text : text.slice(0, comment)).trimEnd().length;
  return text.trimEnd().endsWith(":") || end <= start ? null : { from: start, to: end };
}

/** The offset of a column (from 0), which Python counts in characters, in a line that JavaScript counts in UTF-16 units. */
function unit(text, column) {
  return [...text].slice(0, column).join("").length;
}

/** The place of a label in the document, or null if it is not there. */
function span(doc, label) {
  if (label.line < 1 || label.line > doc.lines) return null;
  const first = doc.line(label.line);
  const last = doc.line(Math.min(Math.max(label.end_line, label.line), doc.lines));
  const from = first.from + unit(first.text, label.col - 1);
  const to = Math.max(from, last.from + unit(last.text, label.end_col - 1));
  return to > from ? { from, to, line: first } : { from: first.from, to: first.to, line: first };
}

/** Every place of a mistake (or of each one in a list of them): the label marked "^" is where it is, the others say why. */
export function diagnosticsOf(doc, mistake) {
  if (mistake.mistakes?.length) return mistake.mistakes.flatMap(one => diagnosticsOf(doc, one));
  return mistake.labels.flatMap(label => {
    const place = span(doc, label);
    if (!place) return [];
    const { from, to, line } = place;
    if (label.mark !== "^") return [{ from, to, severity: "info", source: "revbench", message: label.text || mistake.message }];
    const message = [mistake.message, label.text !== "here" && label.text, mistake.hint && `hint: ${mistake.hint}`].filter(Boolean).join("\n");
    const fix = fixOf(mistake.hint);
    const target = fix && placeOf(fix.code, line.text, from - line.from, to - line.from);
    const actions = target ? [{
      name: fix.name,
      apply: view => view.dispatch({ changes: { from: line.from + target.from, to: line.from + target.to, insert: fix.code } }),
    }] : [];
    return [{ from, to, severity: "error", source: `revbench: ${mistake.slug}`, message, actions }];
  });
}

/** Underline these mistakes in an editor, and no others. */
export function underline(view, mistakes) {
  const found = mistakes.flatMap(mistake => diagnosticsOf(view.state.doc, mistake));
  view.dispatch(setDiagnostics(view.state, found));
}
