/** Where the cursor goes: the next event, line or phase, over the edge of a step into the next one. Nothing knows the DOM. */

/** @typedef {{index: number, at: number}} Moment the place of a step in the recording, and an event of it */

const eventsOf = (recording, index) => recording.steps[index].program?.events ?? [];

/** What has to change for a move to end. */
const keyOf = (event, unlike) => (unlike === "line" ? event?.line : unlike === "phase" ? event?.phase : event?.number);

/**
 * The next moment in a direction, or null at the edge of the recording.
 * @param {import("./data.js").Recording} recording @param {Moment} here @param {1 | -1} direction
 * @param {"" | "line" | "phase"} unlike go on while this is the same; back to where it begins
 * @returns {Moment | null}
 */
export function beyond(recording, { index, at }, direction, unlike = "") {
  const here = keyOf(eventsOf(recording, index)[at], unlike);
  do {
    at += direction;
    if (at >= 0 && at < eventsOf(recording, index).length) continue;
    index += direction;
    if (index < 0 || index >= recording.steps.length) return null;
    at = direction > 0 ? 0 : Math.max(eventsOf(recording, index).length - 1, 0);
    break;
  } while (unlike && keyOf(eventsOf(recording, index)[at], unlike) === here);
  const events = eventsOf(recording, index);
  if (unlike && direction < 0) while (at > 0 && keyOf(events[at - 1], unlike) === keyOf(events[at], unlike)) at--;
  return { index, at };
}
