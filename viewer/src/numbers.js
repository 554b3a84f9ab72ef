/** Numbers as text. What is not finite is always shown as such. Nothing here knows the DOM. */

const MINUS = "−";

/** A number with so many significant digits, with a real minus sign. @param {number} value */
export function number(value, digits = 4) {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : MINUS + "∞";
  if (Number.isInteger(value) && Math.abs(value) < 1e9) return String(value).replace("-", MINUS);
  const size = Math.abs(value);
  const text = size >= 1e-4 && size < 10 ** (digits + 2)
    ? trim(value.toPrecision(digits))
    : value.toExponential(Math.max(digits - 2, 1)).replace("e+", "e");
  return text.replace(/-/g, MINUS);
}

/** All digits that a number of this type has. */
export function exact(value, dtype) {
  if (!Number.isFinite(value)) return number(value);
  return (dtype === "float32" ? String(Number(value.toPrecision(9))) : String(value)).replace(/-/g, MINUS);
}

const trim = (text) => String(Number(text));

/** A number in at most seven characters, for a cell. */
export function cell(value) {
  const size = Math.abs(value);
  if (!Number.isFinite(value) || (Number.isInteger(value) && size < 1e6)) return number(value);
  const text = size < 1e-3 || size >= 9999.95 ? value.toExponential(1).replace("e+", "e")
    : value.toFixed(size < 9.99995 ? 4 : size < 99.9995 ? 3 : size < 999.995 ? 2 : 1);
  return text.replace(/-/g, MINUS);
}

/** A shape as Python writes a tuple. @param {number[]} shape */
export const shapeText = (shape) => `(${shape.join(", ")}${shape.length === 1 ? "," : ""})`;

/** What there is to say of many numbers. */
export function statistics(array) {
  let minimum = Infinity, maximum = -Infinity, total = 0, squares = 0, nonfinite = 0;
  for (let at = 0; at < array.length; at++) {
    const entry = array[at];
    if (!Number.isFinite(entry)) nonfinite++;
    if (entry < minimum) minimum = entry;
    if (entry > maximum) maximum = entry;
    total += entry;
    squares += entry * entry;
  }
  return { count: array.length, nonfinite, minimum, maximum, mean: total / array.length, norm: Math.sqrt(squares) };
}

/** A value in one short line: its numbers if they are few, else its norm. */
export function brief(value, most = 4) {
  if (!value) return "not kept";
  if (!value.array && !value.summary) return shapeText(value.shape);
  if (value.array && value.array.length === 0) return "no entries";
  if (value.array && value.array.length === 1) return number(value.array[0]);
  if (value.array && value.array.length <= most) return `[${Array.from(value.array, (v) => number(v)).join("  ")}]`;
  const facts = value.array ? statistics(value.array) : value.summary;
  const odd = facts.nonfinite > 0 ? `, ${facts.nonfinite} not finite` : "";
  return `${shapeText(value.shape)}, norm ${number(facts.norm)}${odd}`;
}

/** A value as words for those who listen. */
export function spoken(value, most = 12) {
  if (!value || !(value.array || value.summary)) return "not kept in this step";
  if (!value.array || value.array.length > most) return brief(value, 0);
  return Array.from(value.array, (v) => number(v)).join(", ");
}
