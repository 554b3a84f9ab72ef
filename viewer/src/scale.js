/** The scale of a curve: from losses to heights, plain or logarithmic. Nothing here knows the DOM. */

import { number } from "./numbers.js";

/** From values to heights between 0 and 1; on a logarithmic scale if asked for and possible. One value is in the middle; none has no place. */
export function scaleOf(losses, logarithmic) {
  let low = Infinity, high = -Infinity;
  for (const loss of losses) {
    if (!Number.isFinite(loss) || (logarithmic && loss <= 0)) continue;
    if (loss < low) low = loss;
    if (loss > high) high = loss;
  }
  if (low > high) return { low: NaN, high: NaN, at: () => NaN };
  const f = logarithmic ? Math.log : (x) => x;
  const span = f(high) - f(low);
  const height = (loss) => (span ? (f(loss) - f(low)) / span : 0.5);
  return { low, high, at: (loss) => (Number.isFinite(loss) && !(logarithmic && loss <= 0) ? height(loss) : NaN) };
}

/** What part of the height a loss needs above the lowest one to be told from it: about a pixel. */
const SEEN = 1 / 66;
/** Losses that differ less than so many times are shown on a plain scale, which is easier to read. */
const APART = 1000;

/** Whether the losses are far apart, more than half of them would lie on the lowest line, and none is lost on a logarithmic scale. */
export function needsLogarithm(losses) {
  const finite = losses.filter(Number.isFinite);
  if (finite.length < 3 || finite.some((loss) => loss <= 0)) return false;
  const { low, high, at } = scaleOf(finite, false);
  return high > APART * low && finite.filter((loss) => at(loss) < SEEN).length > finite.length / 2;
}

/** With how many digits two numbers are told apart, from three to six. */
export function digitsOf(low, high) {
  let digits = 3;
  while (digits < 6 && low !== high && number(low, digits) === number(high, digits)) digits++;
  return digits;
}

/** The losses of two runs, which share a scale. */
export function joined(one, other) {
  const both = new Float64Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
