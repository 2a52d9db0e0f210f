/**
 * Which cell of a notebook is meant by the name of a source.
 *
 * The kernel calls a reversible cell `cell 7`, after its execution count, and says with each card which cell that was
 * (its id). Where no card is shown, the count that stands beside the cell tells. A kernel in a cell of plain Python is in
 * a file, whose name is made of the cell's text.
 */

import { isFileOf } from "./files.js";

export const CARD_TYPE = "application/vnd.revbench.kernels+json";
export const MISTAKE_TYPE = "application/vnd.revbench.mistake+json";

/** What outputs of a cell say under one of our types, in order; it is in their metadata. */
export function told(outputs, type) {
  return outputs.map(output => output.metadata?.[type]).filter(Boolean);
}

/** Source names and the cells they stand for: `id` of a cell by the source's name. */
export class Names {
  constructor() {
    this.ids = new Map();
  }

  /** Learn from the outputs of the cell `id`. */
  learn(outputs) {
    for (const card of told(outputs, CARD_TYPE)) if (card.source && card.cell) this.ids.set(card.source, card.cell);
  }

  /** A new kernel counts from one again. */
  forget() {
    this.ids.clear();
  }

  /** The id of the cell called `name`, among `cells` (`{ id, count, text }`), or undefined. */
  idOf(name, cells) {
    const known = this.ids.get(name);
    if (known !== undefined && cells.some(cell => cell.id === known)) return known;
    const count = /^cell (\d+)$/.exec(name ?? "")?.[1];
    return cells.find(cell => (count === undefined ? isFileOf(name, cell.text) : cell.count === Number(count)))?.id;
  }

  /** What the kernel calls the cell now: the last name that it had. */
  nameOf(id, count) {
    let found = count ? `cell ${count}` : "";
    for (const [name, known] of this.ids) if (known === id) found = name;
    return found;
  }
}
