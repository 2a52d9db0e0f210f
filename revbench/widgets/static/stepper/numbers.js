/** Numbers and places as people read them. */

const isInteger = dtype => /^u?int/.test(dtype ?? "");

/** The value that a whole number of a number system stands for ("Fixed43", "ULog"); other numbers stand for themselves. */
export function valueOf(value, dtype) {
  const fixed = /^Fixed(\d+)$/.exec(dtype ?? "");
  return fixed ? value / 2 ** fixed[1] : dtype === "ULog" ? Math.exp(value / 2 ** 48) : value;
}

/** A number as it travels: JSON has no NaN and no infinities, those come as texts. */
export const numberOf = value => (typeof value === "string" ? { nan: NaN, inf: Infinity, "-inf": -Infinity }[value] ?? Number(value) : Number(value));

/** A number as Python would write it, in full. */
export function exact(value, dtype) {
  value = valueOf(value, dtype);
  if (dtype === "stack") return `stack of ${value}`;
  if (dtype === "bool") return value ? "True" : "False";
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) && !isInteger(dtype) ? "-0" : String(value);
}

/** A number in at most six significant digits; whole numbers below 10^9 in full. */
export function short(value, dtype) {
  value = valueOf(value, dtype);
  const size = Math.abs(value);
  if (dtype === "bool" || dtype === "stack" || isInteger(dtype) || !Number.isFinite(value) || value === 0) return exact(value, /^(Fixed|ULog)/.test(dtype ?? "") ? "float64" : dtype);
  if (Number.isInteger(value) && size < 1e9) return String(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(5).replace(/\.?0+e/, "e");
  return String(Number(value.toPrecision(6)));
}

/** A complex number as Python writes it, its parts as `write` does. */
export function complexText(real, imag, write) {
  const [a, b] = [real, imag].map(part => write(part, "float64"));
  return `${a}${b.startsWith("-") ? "" : "+"}${b}j`;
}

/** The bar of a name: x̄ of one letter, `weights.bar` of a word, where a macron would be lost. */
export function barred(name) {
  return /^\p{L}$/u.test(name) ? `${name}\u0304` : `${name}.bar`;
}

export const labelOf = variable => (variable.role === "cotangent" ? barred(variable.of ?? variable.name) : variable.name);

/** The index of element `flat` of a row-major array: "[1, 2]". */
export function indexText(flat, dims) {
  const parts = [];
  for (let d = dims.length - 1; d >= 0; d--) {
    parts.unshift(flat % dims[d]);
    flat = Math.floor(flat / dims[d]);
  }
  return `[${parts.join(", ")}]`;
}

/** 1234567 as "1 234 567", with thin spaces that do not break. */
export const grouped = n => String(n).replace(/\B(?=(\d{3})+(?!\d))/g, n >= 10000 ? "\u202f" : "");
