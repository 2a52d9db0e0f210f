/** The file name that ipykernel gives to a cell of plain Python: a hash of its text (MurmurHash2, 32 bits). */

const SEED = 0xc70f6907;
const M = 0x5bd1e995;

export function hashOf(text) {
  const data = new TextEncoder().encode(text);
  const whole = data.length & ~3;
  let h = SEED ^ data.length;
  const view = new DataView(data.buffer, data.byteOffset, data.length);
  for (let i = 0; i < whole; i += 4) {
    let k = Math.imul(view.getUint32(i, true), M);
    k = Math.imul(k ^ (k >>> 24), M);
    h = Math.imul(h, M) ^ k;
  }
  let rest = 0;
  for (let i = data.length - 1; i >= whole; i--) rest = (rest << 8) | data[i];
  if (data.length > whole) h = Math.imul(h ^ rest, M);
  h = Math.imul(h ^ (h >>> 13), M);
  return (h ^ (h >>> 15)) >>> 0;
}

/** Is this the name of the file that a cell with this text is? */
export function isFileOf(name, text) {
  return /ipykernel_\d+[/\\]\d+\.py$/.test(name ?? "") && name.endsWith(`${hashOf(text)}.py`);
}
