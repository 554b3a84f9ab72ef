// Where the cursor goes. The moments are counted by hand.

import assert from "node:assert/strict";
import { test } from "node:test";
import { beyond } from "../src/moves.js";

/** Two steps alike, and between them one that was recorded lightly. */
const EVENTS = [[0, "forward"], [0, "forward"], [1, "forward"], [2, "backward"], [2, "accumulate"], [2, "backward"]];
const program = { events: EVENTS.map(([line, phase], number) => ({ number, line, phase })) };
const recording = /** @type {any} */ ({ steps: [{ program }, { program: null }, { program }] });
const moment = (index, at) => ({ index, at });

test("event by event, over the edges of steps", () => {
  assert.deepEqual(beyond(recording, moment(0, 0), 1), moment(0, 1));
  assert.deepEqual(beyond(recording, moment(0, 5), 1), moment(1, 0));
  assert.deepEqual(beyond(recording, moment(1, 0), 1), moment(2, 0));
  assert.deepEqual(beyond(recording, moment(1, 0), -1), moment(0, 5));
  assert.equal(beyond(recording, moment(0, 0), -1), null);
  assert.equal(beyond(recording, moment(2, 5), 1), null);
});

test("line by line: forth to where the next begins, back to where the one before begins", () => {
  assert.deepEqual(beyond(recording, moment(0, 0), 1, "line"), moment(0, 2));
  assert.deepEqual(beyond(recording, moment(0, 3), -1, "line"), moment(0, 2));
  assert.deepEqual(beyond(recording, moment(0, 2), -1, "line"), moment(0, 0));
  assert.deepEqual(beyond(recording, moment(0, 4), 1, "line"), moment(1, 0));
});

test("phase by phase", () => {
  assert.deepEqual(beyond(recording, moment(2, 0), 1, "phase"), moment(2, 3));
  assert.deepEqual(beyond(recording, moment(2, 3), 1, "phase"), moment(2, 4));
  assert.deepEqual(beyond(recording, moment(2, 3), -1, "phase"), moment(2, 0));
  assert.deepEqual(beyond(recording, moment(1, 0), -1, "phase"), moment(0, 5));
});
