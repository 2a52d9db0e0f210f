/** Breakpoints as the notebook's file keeps them: lines (1-based) in the metadata of their cell, `{ revbench: { breakpoints: [3, 5] } }`. */

const KEY = "revbench";

/** Lines in order, each once. */
export const ordered = lines => [...new Set(lines)].sort((a, b) => a - b);

/** The lines that the metadata of a cell's model name; whoever wrote them. */
export function savedLines(model) {
  const lines = model.getMetadata?.(KEY)?.breakpoints;
  return Array.isArray(lines) ? ordered(lines.filter(line => Number.isInteger(line) && line >= 1)) : [];
}

/** Write them, if they are others; a cell without breakpoints has nothing of ours. Undo is for text: it passes over this. */
export function saveLines(model, lines) {
  if (!model.setMetadata || savedLines(model).join() === ordered(lines).join()) return false;
  const value = { ...model.getMetadata(KEY) };
  if (lines.length) value.breakpoints = ordered(lines);
  else delete value.breakpoints;
  model.sharedModel.transact(() => {
    if (Object.keys(value).length) model.setMetadata(KEY, value);
    else model.deleteMetadata(KEY);
  }, false);
  return true;
}
