/** The logic of the editor's marks, on states without a page: npm test. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { EditorState } from "@codemirror/state";

import { Names, CARD_TYPE } from "../src/cells.js";
import { hashOf, isFileOf } from "../src/files.js";
import { lit, setLit } from "../src/lit.js";
import { diagnosticsOf, fixOf, placeOf } from "../src/mistakes.js";
import { savedLines, saveLines } from "../src/saved.js";
import { breakpoints, isReversible, linesOf, setBreakpoints, toggled } from "../src/reversible.js";

const HASHES = [3990065800, 3427300630, 1419070416];     // of ipykernel.compiler
const CELL = "%%reversible\ndef f(out, x):\n    out = 2 * x  # no";
const start = (doc, ...extensions) => EditorState.create({ doc, extensions });

test("the lit line goes out when the cell is edited", () => {
  let state = start(CELL, lit).update({ effects: setLit.of({ line: 3, backward: true }) }).state;
  assert.equal(state.field(lit).iter().from, state.doc.line(3).from);
  state = state.update({ changes: { from: 0, insert: "\n" } }).state;
  assert.equal(state.field(lit).size, 0);
});

test("a line that is not there is not lit", () => {
  assert.equal(start(CELL, lit).update({ effects: setLit.of({ line: 9, backward: false }) }).state.field(lit).size, 0);
});

test("breakpoints toggle and keep to their lines", () => {
  let state = start(CELL, breakpoints);
  state = state.update({ effects: toggled(state, 3) }).state;
  state = state.update({ effects: toggled(state, 2) }).state;
  assert.deepEqual(linesOf(state), [2, 3]);
  state = state.update({ changes: { from: 0, insert: "\n\n" } }).state;
  assert.deepEqual(linesOf(state), [4, 5]);
  state = state.update({ effects: toggled(state, 4) }).state;
  assert.deepEqual(linesOf(state), [5]);
  state = state.update({ effects: setBreakpoints.of({ lines: [1, 1, 77] }) }).state;
  assert.deepEqual(linesOf(state), [1]);
});

test("breakpoints keep to their lines where another text is put in place of all", () => {
  const through = (lines, before, after) => {
    let state = start(before, breakpoints);
    state = state.update({ effects: setBreakpoints.of({ lines }) }).state;
    return linesOf(state.update({ changes: { from: 0, to: before.length, insert: after } }).state);
  };
  assert.deepEqual(through([1, 2, 3], "a\nb\nc", "a\nb\nc"), [1, 2, 3]);
  assert.deepEqual(through([1, 3], "a\nb\nc", "a\nx\ny\nb\nc"), [1, 5]);
  assert.deepEqual(through([1, 2, 4], "a\nb \nc \nd", "a\nb\nd"), [1, 2, 3]);
  assert.deepEqual(through([2, 3], "a\nb \nc \nd", "a\nb\nc\nd"), [2, 3]);
  assert.deepEqual(through([1, 3], "a\na\na", "a\na"), [1]);
  assert.deepEqual(through([2], "a\nb", ""), []);
});

test("only cells that begin with the magic are reversible", () => {
  assert.ok(isReversible("\n%%reversible --no-check\n"));
  assert.ok(!isReversible("x = 1\n%%reversible"));
  assert.ok(!isReversible("%%reversibles"));
});

test("a cell is found by what its card says, else by its count", () => {
  const names = new Names();
  const cells = [{ id: "a", count: 2 }, { id: "b", count: 3 }];
  assert.equal(names.idOf("cell 3", cells), "b");
  names.learn([{ metadata: { [CARD_TYPE]: { source: "cell 3", cell: "a", kernels: [] } } }]);
  assert.equal(names.idOf("cell 3", cells), "a");
  assert.equal(names.idOf("cell 4", cells), undefined);
  assert.equal(names.nameOf("a", 2), "cell 3");
});

test("a cell of plain Python is found by its text, from which ipykernel makes its file's name", () => {
  assert.equal(hashOf(""), HASHES[0]);
  assert.equal(hashOf("x = 1"), HASHES[1]);
  assert.equal(hashOf("def f(ü):\n    pass"), HASHES[2]);
  const name = `/tmp/ipykernel_42/${HASHES[1]}.py`;
  assert.ok(isFileOf(name, "x = 1"));
  assert.equal(new Names().idOf(name, [{ id: "a", count: 1, text: "x = 2" }, { id: "b", count: 2, text: "x = 1" }]), "b");
});

test("a hint with code is a fix: a statement for a statement, an expression for what is marked", () => {
  const text = "    out = 2 * x  # no";
  const { code } = fixOf("write `out += 2 * x`");
  assert.deepEqual(placeOf(code, text, 4, 7), { from: 4, to: 15 });
  assert.deepEqual(placeOf(fixOf("did you mean `math.pi`?").code, "y += mth.pi", 5, 11), { from: 5, to: 11 });
  assert.equal(fixOf("write `for i in range(...):`"), null);
  assert.equal(fixOf("make it a parameter"), null);
  assert.equal(placeOf("x += 1", "    for i in y:", 8, 9), null);
});

test("a mistake is underlined where its label stands, also behind characters of two units", () => {
  const doc = start("%%reversible\n𝑥 = y").doc;
  const mistake = { slug: "s", message: "m", hint: "write `𝑥 += y`", labels: [
    { line: 2, col: 5, end_line: 2, end_col: 6, text: "", mark: "^" }, { line: 1, col: 1, end_line: 1, end_col: 3, text: "why", mark: "~" }] };
  const [first, second] = diagnosticsOf(doc, mistake);
  assert.equal(doc.sliceString(first.from, first.to), "y");
  assert.match(first.message, /m\nhint: write/);
  assert.equal(first.actions.length, 1);
  assert.equal(second.severity, "info");
  assert.equal(diagnosticsOf(doc, { labels: [], mistakes: [mistake, mistake] }).length, 4);
});

test("breakpoints are kept in the metadata of their cell, beside what others keep there, and leave nothing behind", () => {
  const kept = new Map();
  const undoable = [];
  const model = {
    getMetadata: key => kept.get(key), setMetadata: (key, value) => kept.set(key, value), deleteMetadata: key => kept.delete(key),
    sharedModel: { transact: (act, undo) => { undoable.push(undo); act(); } },
  };
  assert.deepEqual(savedLines(model), []);
  assert.ok(saveLines(model, [5, 3, 5]));
  assert.ok(!saveLines(model, [3, 5]));
  assert.deepEqual(kept.get("revbench"), { breakpoints: [3, 5] });
  assert.ok(saveLines(model, []));
  assert.equal(kept.size, 0);
  kept.set("revbench", { other: 1, breakpoints: [2, "x", -1, 1.5] });
  assert.deepEqual(savedLines(model), [2]);
  assert.ok(saveLines(model, []));
  assert.deepEqual(kept.get("revbench"), { other: 1 });
  assert.deepEqual(new Set(undoable), new Set([false]));
  assert.deepEqual(savedLines({}), []);         // an editor of a file has no metadata
  assert.ok(!saveLines({}, [1]));
});
