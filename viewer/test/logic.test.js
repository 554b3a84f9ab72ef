// The viewer's logic without a browser. Expected values are worked out by hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { marked, pieces } from "../src/code.js";
import { fromBase64 } from "../src/data.js";
import { columnsOf, entryOf } from "../src/entries.js";
import { brief, cell, exact, number, shapeText, statistics } from "../src/numbers.js";
import { judge } from "../src/predict.js";
import { placeIn, strength } from "../src/tile.js";
import { fitted } from "../src/graph.js";
import { digitsOf, needsLogarithm, scaleOf } from "../src/scale.js";
import { labelsOf } from "../src/strip.js";

test("a number has four significant digits and a real minus", () => {
  assert.equal(number(0.123456), "0.1235");
  assert.equal(number(-2), "−2");
  assert.equal(number(0.1), "0.1");
  assert.equal(number(1.5e-9), "1.50e−9");
  assert.equal(number(NaN), "NaN");
  assert.equal(number(-Infinity), "−∞");
});

test("a cell has at most seven characters", () => {
  for (const value of [0, 1, -1, 0.12345, -0.12345, 9.99996, -99.9996, 999.96, -12345.678, 1e-9, -1e30, 123456, NaN])
    assert.ok(cell(value).length <= 7, `${value}: ${cell(value)}`);
  assert.equal(cell(-0.58937), "−0.5894");
  assert.equal(cell(1e-4), "1.0e−4");
});

test("a float32 is shown with the digits that it has", () => {
  assert.equal(exact(Math.fround(0.1), "float32"), "0.100000001");
  assert.equal(exact(0.1, "float64"), "0.1");
});

test("a logarithmic scale is needed where most losses would lie on the lowest line", () => {
  const powers = (base, count) => Float64Array.from({ length: count }, (_, at) => base ** at);
  assert.ok(needsLogarithm(powers(4, 40))); // 4^37 and less are below 1/64 of 4^39
  assert.ok(needsLogarithm(powers(0.5, 40))); // as soon as there are more than 12 steps, most are below 1/66 of 1
  assert.ok(needsLogarithm(Float64Array.of(...powers(9, 30), NaN, Infinity)), "what is not finite counts for nothing");
  assert.ok(!needsLogarithm(powers(0.9, 40)), "from 1 to 0.016");
  assert.ok(!needsLogarithm(powers(0.5, 9)), "from 1 to 0.004");
  assert.ok(!needsLogarithm(Float64Array.of(...powers(9, 30), 0)), "0 has no logarithm");
  assert.ok(!needsLogarithm(Float64Array.of(1e9, 1e9, 1e9)));
  assert.ok(!needsLogarithm(new Float64Array(0)));
});

test("shapes are written as tuples", () => {
  assert.equal(shapeText([]), "()");
  assert.equal(shapeText([5]), "(5,)");
  assert.equal(shapeText([5, 3]), "(5, 3)");
});

test("statistics are those of school", () => {
  const facts = statistics([3, 4, NaN]);
  assert.equal(facts.minimum, 3);
  assert.equal(facts.maximum, 4);
  assert.equal(facts.nonfinite, 1);
  assert.equal(statistics([3, -4]).norm, 5);
});

test("few numbers are shown, of many their norm", () => {
  assert.equal(brief({ array: [1, 2], shape: [2] }), "[1  2]");
  assert.equal(brief({ array: [3, 4, 0, 0, 0], shape: [5] }), "(5,), norm 5");
  assert.equal(brief(null), "not kept");
});

test("an entry's place is that of Python", () => {
  assert.equal(placeIn([5, 3], 7), "[2, 1]");
  assert.equal(placeIn([], 0), "");
});

test("a prediction may be off by two per cent or by half of its last digit", () => {
  assert.equal(judge("0.255", 0.25), true);
  assert.equal(judge("0.256", 0.25), false);
  assert.equal(judge("0.3", 0.25), true);
  assert.equal(judge("0.2", 0.25), true);
  assert.equal(judge("0.30", 0.25), false);
  assert.equal(judge("0,26", 0.25), false);
  assert.equal(judge("0", 0.4), false);
  assert.equal(judge("0", 0), true);
  assert.equal(judge("1e-3", 0.001), true);
  assert.equal(judge("−2", -2.01), true);
  assert.equal(judge("+", 0.1), true);
  assert.equal(judge("-", 0.1), false);
  assert.equal(judge("many", 0.1), null);
  assert.equal(judge("", 0.1), null);
});

test("colours go with the square root of the size, on the recording's scale", () => {
  assert.equal(strength(0.25, 1), 0.5);
  assert.equal(strength(-1, 1), 1);
  assert.equal(strength(5, 1), 1);
  assert.equal(strength(NaN, 1), 0);
  assert.equal(strength(1, 0), 0);
});

test("a scale leaves out what is not finite, and what has no logarithm", () => {
  const plain = scaleOf([1, 3, NaN, Infinity], false);
  assert.deepEqual([plain.low, plain.high, plain.at(2)], [1, 3, 0.5]);
  const logarithmic = scaleOf([1, 100, 0], true);
  assert.equal(logarithmic.at(10), 0.5);
  assert.ok(Number.isNaN(logarithmic.at(0)));
  assert.ok(Number.isNaN(scaleOf([NaN], false).at(1)));
  assert.ok(Number.isNaN(scaleOf([NaN], false).high));
  for (const logarithmic of [false, true]) assert.equal(scaleOf([2, 2], logarithmic).at(2), 0.5);
});

test("a line is cut into its pieces, and they are the line again", () => {
  const line = 'loss = f(x, "a # b", 1e-3)  # why not';
  assert.equal(pieces(line).map(([, text]) => text).join(""), line);
  assert.deepEqual(pieces("for x in y:").filter(([kind]) => kind).map(([, text]) => text), ["for", "in"]);
  assert.ok(pieces(line).some(([kind, text]) => kind === "string" && text === '"a # b"'));
  assert.ok(pieces(line).some(([kind, text]) => kind === "comment" && text === "# why not"));
});

test("the part at work is counted in characters", () => {
  const line = "𝛼 = torch.matmul(x, w)";
  const on = marked(line, 4, 22).filter(([, , at]) => at).map(([, text]) => text).join("");
  assert.equal(on, "torch.matmul(x, w)");
  assert.equal(marked(line, 4, 22).map(([, text]) => text).join(""), line);
});

test("base64 is read back", () => {
  assert.deepEqual([...fromBase64("AAEC/w==")], [0, 1, 2, 255]);
});

test("an entry is found by its place as Python writes it", () => {
  assert.equal(entryOf("2, 1", [5, 3]), 7);
  assert.equal(entryOf("[0, 2]", [5, 3]), 2);
  assert.equal(entryOf("4", [5]), 4);
  assert.equal(entryOf("", []), 0);
  for (const wrong of ["5, 0", "-1, 0", "1", "1, 1, 1", "a, b", "0.5, 0"]) assert.equal(entryOf(wrong, [5, 3]), null);
});

test("a picture of all entries keeps the last axes whole and is not much wider than high", () => {
  assert.equal(columnsOf([100, 100]), 100);
  assert.equal(columnsOf([10, 784]), 784);
  assert.equal(columnsOf([64, 3, 7, 7]), 147);
  assert.equal(columnsOf([10_000]), 100);
  assert.equal(columnsOf([2, 100_000]), 448);
  assert.equal(columnsOf([]), 1);
});

test("a graph is seen whole if its text can be read then, else it is scrolled in a size for reading", () => {
  assert.equal(fitted(0.9, 1.2), 0.9);
  assert.equal(fitted(3, 2), 1.5);
  assert.equal(fitted(0.6, 1), 0.6);
  assert.equal(fitted(0.1, 3), 1); // many folds in one row
  assert.equal(fitted(1.2, 0.3), 0.7); // a tall one
});

test("phases are labelled where there is room, long runs first", () => {
  const runs = (...ends) => ends.map(([phase, end], at) => ({ phase, begin: at ? ends[at - 1][1] : 0, end }));
  const labels = (...ends) => labelsOf(runs(...ends), 100, 1000).map(({ phase, begin }) => `${phase} ${begin}`);
  assert.deepEqual(labels(["forward", 30], ["backward", 60], ["update", 100]), ["forward 0", "backward 30", "update 60"]);
  // "accumulate" takes 66 of 1000 points, and 8 stay free: it has room in 8 % of them, and not in 5 %.
  assert.deepEqual(labels(["forward", 30], ["accumulate", 35], ["update", 100]), ["forward 0", "update 35"]);
  assert.deepEqual(labels(["forward", 30], ["accumulate", 38], ["update", 100]), ["forward 0", "accumulate 30", "update 38"]);
  // Interleaved phases get one label each; the other phase none if it is short.
  assert.deepEqual(labels(["other", 1], ["forward", 30], ["backward", 34], ["accumulate", 36], ["backward", 50], ["accumulate", 52], ["update", 100]),
    ["forward 1", "backward 36", "update 52"]);
  assert.deepEqual(labels(["forward", 95], ["accumulate", 100]), ["forward 0"]);
});

test("the ends of a scale are told apart by their digits, as far as there is room", () => {
  assert.equal(digitsOf(1, 2), 3);
  assert.equal(digitsOf(5.3719, 5.3734), 4); // 5.372 and 5.373
  assert.equal(digitsOf(5.37271, 5.37284), 5); // 5.3727 and 5.3728
  assert.equal(digitsOf(1, 1 + 1e-12), 6);
  assert.equal(digitsOf(3, 3), 3);
});
