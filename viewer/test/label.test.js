// Where the label of a point stands. The curves are lines whose heights are known.

import assert from "node:assert/strict";
import { test } from "node:test";
import { placeOf } from "../src/label.js";

const room = { left: 50, right: 250, high: 0, low: 50 };
const label = (x, y) => ({ x, y, width: 80, height: 18 });
const line = (down) => () => [down];

test("a label stands towards the middle of the room, in the row that is farther from its point", () => {
  assert.deepEqual(placeOf(label(60, 70), room, line(70)), { left: 68, top: 0 });
  assert.deepEqual(placeOf(label(240, 10), room, line(10)), { left: 152, top: 50 });
});

test("it changes the side where a curve goes through both rows of one", () => {
  const jump = (x) => [x < 160 ? 60 : 10 + (x - 160)];
  assert.deepEqual(placeOf(label(145, 60), room, jump), { left: 57, top: 0 });
});

test("two curves count, and what is not drawn does not", () => {
  assert.deepEqual(placeOf(label(60, 60), room, () => [60, 9]), { left: 68, top: 0 }); // no row is free
  assert.deepEqual(placeOf(label(60, 34), room, () => [34, 9]), { left: 68, top: 50 });
  assert.deepEqual(placeOf(label(60, 60), room, () => [60, NaN]), { left: 68, top: 0 });
});

test("where no side has room it stays within the room", () => {
  const { left } = placeOf({ x: 100, y: 70, width: 180, height: 18 }, room, line(70));
  assert.ok(left >= 50 && left + 180 <= 250);
});
