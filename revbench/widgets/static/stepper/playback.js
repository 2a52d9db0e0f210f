/** One window of a run, played back: memory at any moment, forwards and backwards. */

export const FLOATS = 0;
export const INTS = 1;
export const FRAME = { caller: 0, callRow: 2, floatBase: 4, size: 5 };   // words at the start of an int frame

/** A typed array over a buffer from the kernel: a DataView at any offset, an ArrayBuffer, or a typed array. */
export function column(buffer, Type) {
  if (!buffer) return new Type(0);
  if (buffer instanceof Type) return buffer;
  const bytes = ArrayBuffer.isView(buffer) ? buffer : new Uint8Array(buffer);
  const length = Math.floor(bytes.byteLength / Type.BYTES_PER_ELEMENT);
  if (bytes.byteOffset % Type.BYTES_PER_ELEMENT === 0) return new Type(bytes.buffer, bytes.byteOffset, length);
  return new Type(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + length * Type.BYTES_PER_ELEMENT));
}

/** One window of a run: its columns, and both memory banks at `moment`, which `seek` moves either way. */
export class Playback {
  constructor(window) {
    this.start = window.start ?? 0;
    this.rows = column(window.rows, Int32Array);
    this.dirs = column(window.dirs, Int8Array);
    this.ips = column(window.ips, Int32Array);
    this.offsets = column(window.offsets, Int32Array);
    this.addr = column(window.addr, Int32Array);
    this.after = column(window.after, Float64Array);
    this.erased = window.erased ?? 0;           // bits, before its first moment
    this.tail = window.tails ?? { row: -1, dir: 1 };
    this.count = this.rows.length;
    this.end = this.start + this.count;
    this.banks = banksWithRoom(column(window.floats, Float64Array), column(window.ints, Float64Array), this.addr);
    this.before = new Float64Array(this.addr.length);
    for (let j = 0; j < this.addr.length; j++) this.before[j] = this.#write(this.addr[j], this.after[j]);
    this.moment = this.end;
    this.seek(this.start);
  }

  #write(addr, value) {
    const bank = this.banks[addr & 1];
    const cell = addr >> 1;
    const old = bank[cell];
    bank[cell] = value;
    return old;
  }

  /** Can moment t be shown from here? */
  reaches(t) { return t >= this.start && t <= this.end; }

  /** ... and the step that led to it, too? (At the first moment of a later window it is one step out of sight.) */
  covers(t) { return this.reaches(t) && (t > this.start || t === 0); }

  /** Move memory to moment t, by redoing or undoing what lies between. */
  seek(t) {
    if (!this.reaches(t)) throw new RangeError(`moment ${t} is outside ${this.start}..${this.end}`);
    const from = this.offsets[this.moment - this.start] ?? 0;
    const to = this.offsets[t - this.start] ?? 0;
    for (let j = from; j < to; j++) this.#write(this.addr[j], this.after[j]);
    for (let j = from - 1; j >= to; j--) this.#write(this.addr[j], this.before[j]);
    this.moment = t;
  }

  /** The row that would run at moment t; after the last one, the row that has just run, marked `finished`. */
  at(t) {
    const k = t - this.start;
    const ip = this.ips[k] ?? 0;
    if (k < this.count) return { row: this.rows[k], dir: this.dirs[k], ip, finished: false };
    if (this.tail.row >= 0) return { ...this.tail, ip, finished: false };
    const last = this.count - 1;
    return { row: this.rows[last] ?? -1, dir: this.dirs[last] ?? 1, ip: this.ips[last] ?? ip, finished: true };
  }

  /** The step that led to moment t: its row, direction, frame and events [from, to); null where none is known. */
  step(t) {
    const k = t - 1 - this.start;
    if (k < 0 || k >= this.count) return null;
    return { row: this.rows[k], dir: this.dirs[k], ip: this.ips[k], from: this.offsets[k], to: this.offsets[k + 1] };
  }
}

function banksWithRoom(floats, ints, addr) {
  const sizes = [floats.length, ints.length];
  for (const a of addr) if ((a >> 1) >= sizes[a & 1]) sizes[a & 1] = (a >> 1) + 1;
  return [floats, ints].map((cells, bank) => {
    const room = new Float64Array(sizes[bank]);
    room.set(cells);
    return room;
  });
}
