// The viewer's logic without a browser. Expected values are worked out by hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { marked, pieces } from "../src/code.js";
import { fromBase64 } from "../src/data.js";
import { brief, cell, exact, number, shapeText, statistics } from "../src/numbers.js";
import { judge } from "../src/predict.js";
import { placeIn, strength } from "../src/tile.js";
import { scaleOf } from "../src/timeline.js";

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
