/** Questions about a recording: what is there at the cursor, who wrote it, when did it change. Nothing knows the DOM. */

import { covers } from "./data.js";

/** The buffer that a slot shows after an event; null if it is not there yet, −1 if no buffer has all of it. */
export function bufferAt(program, slot, event) {
  if (program.born[slot] > event) return null;
  const presence = program.presence.get(slot);
  if (presence && !last(presence, event)?.[1]) return null;
  const writes = program.writes.get(program.slots[slot].storage) ?? [];
  for (let at = writes.length - 1; at >= 0; at--) {
    const [when, buffer, wrote] = writes[at];
    if (when > event) continue;
    if (covers(program, slot, buffer)) return buffer;
    if (wrote) return -1; // a part of it has changed, and the rest stands in another buffer
  }
  return writes.length ? -1 : null;
}

const last = (pairs, event) => pairs.findLast(([at]) => at <= event);

/** How often this storage was written to in this step, up to an event. */
export function writesUntil(program, slot, event) {
  const writes = program.writes.get(program.slots[slot].storage) ?? [];
  return writes.filter(([at]) => at >= 0 && at <= event).length;
}

/** The event of this step that left a buffer, or null. */
export function writerOf(program, reference) {
  const storage = program.slots[reference[0]].storage;
  const write = (program.writes.get(storage) ?? []).find(([, buffer]) => buffer === reference[1]);
  return write && write[0] >= 0 ? program.events[write[0]] : null;
}

/**
 * Which event wrote what a tensor holds at the cursor: in this step, or in a step before.
 * @returns {{step: any, event: any} | {step: any, event: null} | null} null if it came from outside the recording
 */
export function origin(recording, step, reference) {
  for (let hops = 0; hops < 100000; hops++) {
    const program = step.program;
    if (!program) return { step, event: null };
    const writer = writerOf(program, reference);
    if (writer) return { step, event: writer };
    const place = program.start.findIndex(([, buffer]) => buffer === reference[1]);
    const binding = place < 0 ? null : step.bindings[place];
    if (!binding) return null;
    const index = recording.byNumber.get(Math.max(step.number - binding[0], -1));
    if (index === undefined) return null;
    const before = recording.steps[index];
    const found = before.program?.end.find(([slot]) => slot === binding[1]);
    if (!found) return { step: before, event: null };
    step = before;
    reference = found;
  }
  return null;
}

/** The moment at which something that an event takes was written: of its first input that is not from outside. */
export function sourceOf(recording, step, event) {
  const taken = [...(event?.inputs ?? []), ...(event?.node?.into ?? []).map(([, ...reference]) => reference)];
  for (const reference of taken) {
    const from = origin(recording, step, reference);
    if (from?.event && from.event !== event) return { index: from.step.index, event: from.event.number };
  }
  return null;
}

/** The slot of a name in a program, or undefined. */
export const slotOf = (program, name) => program.slots.find((slot) => slot.name === name)?.number;

/**
 * The last moment up to the cursor at which a tensor got other numbers, or the next one after it.
 * @param {1 | -1} direction
 */
export function change(recording, name, index, event, direction) {
  for (let at = index; at >= 0 && at < recording.steps.length; at += direction) {
    const step = recording.steps[at];
    const program = step.program;
    const slot = program && slotOf(program, name);
    if (slot === undefined || slot === null) continue;
    const moments = [...(program.writes.get(program.slots[slot].storage) ?? []).map(([moment]) => moment),
      ...(program.presence.get(slot) ?? []).map(([moment]) => moment)].filter((moment) => moment >= 0);
    const sorted = [...new Set(moments)].sort((a, b) => direction * (a - b));
    for (const moment of sorted) {
      const beyond = at === index && (direction > 0 ? moment <= event : moment >= event);
      if (!beyond && changed(recording, step, slot, moment)) return { index: at, event: moment };
    }
  }
  return null;
}

/** Whether a tensor has other numbers after an event than before it. */
export function changed(recording, step, slot, event) {
  const after = bufferAt(step.program, slot, event);
  const before = bufferAt(step.program, slot, event - 1);
  if ((after === null) !== (before === null)) return true;
  if (after === null || after === before) return false;
  return recording.same(step, [slot, before], step, [slot, after]) !== true;
}

/** The first event that made a number that is not finite out of finite ones. */
export function firstNonfinite(recording, steps = recording.steps) {
  for (const step of steps) {
    if (!step.program) continue;
    for (const event of step.program.events) {
      const outputs = [...event.outputs, ...(event.node?.out ?? []).map(([, ...reference]) => reference)];
      const inputs = [...event.inputs, ...(event.node?.into ?? []).map(([, ...reference]) => reference)];
      // −∞ in a mask is meant, and memory that nobody has written to yet holds anything.
      if (/masked_fill|full|empty|where|tril|triu/.test(event.name)) continue;
      if (outputs.some((reference) => odd(recording, step, reference))
        && !inputs.some((reference) => odd(recording, step, reference)))
        return { index: step.index, event: event.number };
    }
    // None of them made it, so it came from outside: to the event that takes it.
    const foreign = step.program.start.filter((reference) => odd(recording, step, reference)).map(([, buffer]) => buffer);
    const taker = step.program.events.find((event) => event.inputs.some(([, buffer]) => foreign.includes(buffer)));
    if (taker) return { index: step.index, event: taker.number };
  }
  return null;
}

function odd(recording, step, reference) {
  if (!/float|complex/.test(step.program.slots[reference[0]].dtype)) return false;
  const value = recording.read(step, ...reference);
  if (!value) return false;
  return value.array ? !value.array.every(Number.isFinite) : value.summary?.nonfinite > 0;
}

/** The first step whose loss is below a bound, or null. */
export function lossBelow(recording, bound) {
  const number = recording.loss.findIndex((loss) => loss < bound);
  return number < 0 ? null : nearestStep(recording, number);
}

/** The index of the shown step that is nearest to a number. */
export function nearestStep(recording, number) {
  let low = 0, high = recording.steps.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (recording.steps[middle].number < number) low = middle + 1; else high = middle;
  }
  const [after, before] = [recording.steps[low], recording.steps[low - 1]];
  return before && Math.abs(before.number - number) < Math.abs(after.number - number) ? low - 1 : low;
}

/** The events that a person may mean by a few letters: their names, code and tensors. */
export function matching(program, text, most = 40) {
  const wanted = text.toLowerCase();
  const found = [];
  for (const event of program?.events ?? []) {
    const names = [event.name, event.part ?? "", event.text ?? "", event.node?.name ?? "",
      ...[...event.inputs, ...event.outputs].map(([slot]) => program.slots[slot].label)];
    if (names.some((name) => name.toLowerCase().includes(wanted))) found.push(event);
    if (found.length >= most) break;
  }
  return found;
}

/** What to call a tensor of a program. */
export const nameOf = (program, [slot]) => program.slots[slot].label || "(no name)";
