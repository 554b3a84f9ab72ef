/** A sweep as a map: what a place says, what is around a region, and the commands for both. Nothing here knows the DOM. */

import { number } from "./numbers.js";

/**
 * @typedef {{name: string, values: number[]}} Axis
 * @typedef {{axes: Axis[], outcomes: string[], colours: string[], outcome: number[][], steps: number[][],
 *   final_loss: (number | null)[][], seed: number[][] | null, max_steps: number, until: number | null,
 *   limit: number | null, limit_of: string | null, start: string, number?: number}} SweepMap
 * @typedef {{column: number, row: number}} Place
 */

const CONVERGED = "converged";
const SEED = "seed";

/** How many places there are across and up. @param {SweepMap} map */
export const sizeOf = (map) => [map.axes[0].values.length, map.axes[1]?.values.length ?? 1];

/** The numbers of a place, with their names. @param {SweepMap} map @param {Place} place @returns {[string, number][]} */
export function numbersAt(map, { column, row }) {
  const found = map.axes.map(({ name, values }, at) => /** @type {[string, number]} */ ([name, values[at ? row : column]]));
  return map.seed ? [...found, [SEED, map.seed[row][column]]] : found;
}

/** What became of the run at a place, as one sentence. @param {SweepMap} map @param {Place} place */
export function sentenceAt(map, place) {
  const { column, row } = place;
  const loss = map.final_loss[row][column];
  const name = map.outcomes[map.outcome[row][column]];
  const steps = map.steps[row][column];
  const where = numbersAt(map, place).map(([what, value]) => `${what} ${number(value)}`).join(", ");
  if (name === "not run") return `${where}: not run`;
  return `${where}: ${name} after ${steps} step${steps === 1 ? "" : "s"}, last loss ${loss === null ? "not finite" : number(loss)}`;
}

/** The colour of a place as three numbers: that of its outcome, paler the longer a run took to converge. */
export function colourAt(map, { column, row }) {
  const outcome = map.outcome[row][column];
  const pale = map.outcomes[outcome] === CONVERGED ? 0.75 * map.steps[row][column] / Math.max(map.max_steps, 1) : 0;
  return [1, 3, 5].map((at) => {
    const part = parseInt(map.colours[outcome].slice(at, at + 2), 16);
    return Math.round(part + pale * (255 - part));
  });
}

/** How often there is each outcome that there is: [outcome, colour, count]. @param {SweepMap} map @returns {[string, string, number][]} */
export function countsOf(map) {
  const counts = map.outcomes.map(() => 0);
  for (const row of map.outcome) for (const outcome of row) counts[outcome]++;
  return map.outcomes.map((word, at) => /** @type {[string, string, number]} */ ([word, map.colours[at], counts[at]])).filter(([, , count]) => count);
}

/** Where a value lies on an axis, in places from the first one's left edge; at equal ratios where all are positive; null outside. */
export function along(values, value) {
  const f = values.every((each) => each > 0) ? Math.log : (each) => each;
  for (let at = 0; at + 1 < values.length; at++)
    if (values[at] <= value && value <= values[at + 1])
      return at + 0.5 + (f(value) - f(values[at])) / (f(values[at + 1]) - f(values[at]));
  return null;
}

/**
 * What has to be swept for a finer map of a region: ranges as the command line has them, and seeds.
 * @param {SweepMap} map @param {Place} one a corner @param {Place} other the opposite one
 * @returns {{numbers: Record<string, string>, seeds: string | null}}
 */
export function finer(map, one, other) {
  /** @type {Record<string, string>} */
  const numbers = {};
  let seeds = null;
  map.axes.forEach(({ name, values }, at) => {
    const ends = at ? [one.row, other.row] : [one.column, other.column];
    const [low, high] = [Math.min(...ends), Math.max(...ends)];
    if (name === SEED) seeds = listed(values.slice(low, high + 1));
    else numbers[name] = rangeOf(values, low, high);
  });
  if (map.seed) seeds = listed([...new Set(map.seed.flat())].sort((a, b) => a - b));
  return { numbers, seeds };
}

/** From half a place before the first value to half a place behind the last one, with as many values as before. */
function rangeOf(values, low, high) {
  if (values.length < 2) return String(values[low]);
  if (!values.every((each) => each > 0)) return values.slice(low, high + 1).join(","); // no ratios: these values themselves
  const before = low > 0 ? Math.sqrt(values[low] * values[low - 1]) : values[low];
  const after = high + 1 < values.length ? Math.sqrt(values[high] * values[high + 1]) : values[high];
  return `${Number(before.toPrecision(6))}:${Number(after.toPrecision(6))}:${values.length}`;
}

/** Seeds as the command line takes them: one alone needs a comma, for a number by itself is how many. */
const listed = (seeds) => (seeds.length === 1 ? `${seeds[0]},` : seeds.join(","));

/** A word for a shell: what it could take for more than letters is quoted. @param {string} text */
export const quoted = (text) => (/^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);

/** The command that makes a map, or, with a place in it, keeps one of its runs. */
export function command(file, { numbers, seeds }, map, place = null) {
  const words = ["retrograd", "sweep", file.startsWith("-") ? `./${file}` : file];
  for (const [name, range] of Object.entries(numbers))
    words.push(...(name === "learning_rate" ? ["--learning-rate", range] : ["--set", `${name}=${range}`]));
  if (seeds !== null) words.push("--seeds", seeds);
  if (map.until !== null) words.push("--until", String(map.until));
  words.push("--max-steps", String(map.max_steps));
  if (place) words.push("--open", numbersAt(map, place).map(([name, value]) => `${name}=${value}`).join(","));
  return words.map(quoted).join(" ");
}

/** What the whole map was made of. @param {SweepMap} map */
export function asked(map) {
  /** @type {Record<string, string>} */
  const numbers = {};
  let seeds = null;
  for (const { name, values } of map.axes)
    if (name === SEED) seeds = listed(values);
    else numbers[name] = atEqualRatios(values) ? `${values[0]}:${values.at(-1)}:${values.length}` : values.join(",");
  if (map.seed) seeds = listed([...new Set(map.seed.flat())].sort((a, b) => a - b));
  return { numbers, seeds };
}

function atEqualRatios(values) {
  if (values.length < 3 || !values.every((each) => each > 0)) return false;
  const ratio = values[1] / values[0];
  return values.every((each, at) => at === 0 || Math.abs(each / values[at - 1] / ratio - 1) < 1e-9);
}

/** The words of an axis: about so many of its values, each with its place. @returns {[number, string][]} */
export function ticksOf(values, most = 5) {
  const count = Math.min(most, values.length);
  const places = Array.from({ length: count }, (_, at) => (count < 2 ? 0 : Math.round(at * (values.length - 1) / (count - 1))));
  return [...new Set(places)].map((at) => [at, number(values[at], 3)]);
}
