// A sweep as a map, without a browser. Expected values are worked out by hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, colourAt, command, countsOf, finer, numbersAt, along, quoted, sentenceAt, ticksOf } from "../src/map.js";

const map = {
  axes: [{ name: "learning_rate", values: [0.01, 0.1, 1, 10] }, { name: "momentum", values: [0, 0.9] }],
  outcomes: ["not run", "converged", "diverged"], colours: ["#dddddd", "#000000", "#c0392b"],
  outcome: [[1, 1, 1, 2], [1, 1, 2, 2]], steps: [[100, 50, 0, 7], [80, 1, 3, 2]],
  final_loss: [[0.01, 0.009, 0.5, null], [0.01, 0.01, 30, null]],
  seed: [[3, 3, 4, 3], [5, 3, 3, 3]], max_steps: 100, until: 0.01, limit: 1, limit_of: "learning_rate", start: "same",
};

test("a place says its numbers, the seed of its run, and what became of it", () => {
  assert.deepEqual(numbersAt(map, { column: 0, row: 1 }), [["learning_rate", 0.01], ["momentum", 0.9], ["seed", 5]]);
  assert.equal(sentenceAt(map, { column: 1, row: 1 }), "learning_rate 0.1, momentum 0.9, seed 3: converged after 1 step, last loss 0.01");
  assert.equal(sentenceAt(map, { column: 3, row: 0 }), "learning_rate 10, momentum 0, seed 3: diverged after 7 steps, last loss not finite");
});

test("a run that took all steps to converge is pale, one that took none has the full colour", () => {
  assert.deepEqual(colourAt(map, { column: 2, row: 0 }), [0, 0, 0]);
  assert.deepEqual(colourAt(map, { column: 0, row: 0 }), [191, 191, 191]); // 0.75 of 255
  assert.deepEqual(colourAt(map, { column: 3, row: 0 }), [0xc0, 0x39, 0x2b]);
});

test("outcomes are counted", () => {
  assert.deepEqual(countsOf(map), [["converged", "#000000", 5], ["diverged", "#c0392b", 3]]);
});

test("a value lies on an axis at equal ratios", () => {
  assert.equal(along([0.01, 0.1, 1, 10], 1), 2.5);
  assert.ok(Math.abs(along([0.01, 0.1, 1, 10], Math.sqrt(0.1)) - 2) < 1e-12);
  assert.equal(along([0.01, 0.1], 5), null);
  assert.equal(along([0, 1], 0.5), 1);
});

test("a finer map reaches half a place beyond its region, and has as many values as before", () => {
  const wanted = finer(map, { column: 2, row: 1 }, { column: 1, row: 0 });
  const [from, to, count] = wanted.numbers.learning_rate.split(":").map(Number);
  assert.equal(count, 4);
  assert.ok(Math.abs(from - Math.sqrt(0.001)) < 1e-5);
  assert.ok(Math.abs(to - Math.sqrt(10)) < 1e-5);
  assert.equal(wanted.numbers.momentum, "0,0.9"); // 0 has no ratio to anything
  assert.equal(wanted.seeds, "3,4,5");
});

test("seeds of a region stay seeds", () => {
  const seeds = { ...map, seed: null, axes: [map.axes[0], { name: "seed", values: [7, 8] }] };
  assert.equal(finer(seeds, { column: 0, row: 0 }, { column: 1, row: 1 }).seeds, "7,8");
  assert.equal(finer(seeds, { column: 0, row: 1 }, { column: 1, row: 1 }).seeds, "8,"); // 8 alone would be how many
});

test("the commands say the same", () => {
  const all = asked(map);
  assert.deepEqual(all, { numbers: { learning_rate: "0.01:10:4", momentum: "0,0.9" }, seeds: "3,4,5" });
  assert.equal(command("train.retro", all, map),
    "retrograd sweep train.retro --learning-rate 0.01:10:4 --set momentum=0,0.9 --seeds 3,4,5 --until 0.01 --max-steps 100");
  assert.match(command("train.retro", all, map, { column: 0, row: 1 }), /--open learning_rate=0.01,momentum=0.9,seed=5$/);
});

test("no name can end a word of a command", () => {
  assert.equal(quoted("a b"), "'a b'");
  assert.equal(quoted("$(reboot); it's"), "'$(reboot); it'\\''s'");
  assert.equal(command("-rf", { numbers: { "`x`": "1" }, seeds: null }, map), "retrograd sweep ./-rf --set '`x`=1' --until 0.01 --max-steps 100");
});

test("the first and the last value of an axis are written", () => {
  assert.deepEqual(ticksOf([1, 2, 3, 4, 5, 6, 7], 3), [[0, "1"], [3, "4"], [6, "7"]]);
  assert.deepEqual(ticksOf([5]), [[0, "5"]]);
});
