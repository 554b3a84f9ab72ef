/** All entries of a large tensor: as a picture, under the pointer, and one by one by their place. */

import { h, say } from "./dom.js";
import { exact, number, shapeText, statistics } from "./numbers.js";
import { paint, placeIn } from "./tile.js";
import { waitFor } from "./waiting.js";

/** Pixels of a picture's longer side, as far as entries can be made larger for it. */
const SIDE = 600;
/** Entries in a row, at most: a browser draws no picture that is much wider. */
const WIDEST = 4096;

/** Where an entry stands in memory order, from what a person types: `3, 5` or `[3, 5]`; null if there is no such one. */
export function entryOf(text, shape) {
  const place = text.replace(/[[\]()\s]/g, " ").split(/[ ,]+/).filter(Boolean).map(Number);
  if (place.length !== shape.length || !place.every((at, axis) => Number.isInteger(at) && at >= 0 && at < shape[axis])) return null;
  return place.reduce((sum, at, axis) => sum * shape[axis] + at, 0);
}

/** How many entries stand in a row of the picture: the last axes whole, while it is not much wider than high. */
export function columnsOf(shape) {
  const count = shape.reduce((product, length) => product * length, 1);
  const square = Math.max(Math.ceil(Math.sqrt(count)), 1);
  let columns = shape.at(-1) ?? 1;
  for (let axis = shape.length - 2; axis > 0 && columns * shape[axis] <= 2 * square; axis--) columns *= shape[axis];
  return shape.length < 2 || columns > WIDEST ? square : Math.max(columns, 1);
}

export function entriesDialog(app) {
  const title = h("h2", {});
  const said = h("p.answer", { role: "status" });
  const canvas = h("canvas", { "aria-hidden": "true" });
  const room = h("div.allentries", { tabIndex: 0, role: "region", "aria-label": "All entries as colours" }, canvas);
  const under = h("p.under", {});
  const place = h("input", { type: "text", autocomplete: "off", "aria-label": "Place of an entry" });
  const entry = h("output", {});
  const form = h("form", { onsubmit: (event) => event.preventDefault() }, h("label", {}, "entry ", place), " = ", entry);
  const dialog = h("dialog.entries", { "aria-label": "All entries" }, title, said, room, under, form,
    h("form", { method: "dialog" }, h("button.text", {}, "close")));
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  /** The tensor in the dialog; it has an array when its entries have come. */
  let shown = null;

  place.addEventListener("input", () => {
    const at = entryOf(place.value, shown.shape);
    say(entry, at === null ? `expected ${shown.shape.length} numbers below ${shapeText(shown.shape)}` : exact(shown.array[at], shown.dtype));
  });
  canvas.addEventListener("pointermove", (event) => {
    const box = canvas.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left) / box.width * canvas.width);
    const row = Math.floor((event.clientY - box.top) / box.height * canvas.height);
    const at = row * canvas.width + column;
    if (at >= 0 && at < shown.array.length) say(under, `${shown.name}${placeIn(shown.shape, at)} = ${exact(shown.array[at], shown.dtype)}`);
  });

  async function open(step, [slot, buffer]) {
    const { label, name, shape, dtype } = step.program.slots[slot];
    const wanted = shown = { name: label || name || "tensor", shape, dtype, array: null };
    for (const part of [room, form, under]) part.hidden = true;
    say(title, `${wanted.name} ${shapeText(shape)}`);
    say(said, "Reading it, or computing again what was not kept …");
    if (!dialog.open) dialog.showModal();
    try {
      wanted.array = app.recording.value(step, [slot, buffer])?.array ?? await waitFor(said, computed(step.number, slot, buffer));
      if (shown === wanted) draw();
    } catch (error) {
      if (shown === wanted) say(said, error.message);
    }
  }

  async function computed(step, slot, buffer) {
    // What Python has is the recorded run, and not the one that was made of it.
    if (app.original) throw new Error("Of a changed run there is no more than its tile shows. Go back to the recorded one to see all entries.");
    if (!app.options.entries) throw new Error("This page holds no more of it than its tile shows. With `retrograd view`, all entries can be seen.");
    return app.options.entries({ step, slot, buffer });
  }

  function draw() {
    const { array, shape, name, dtype } = shown;
    const facts = statistics(array);
    say(said, array.length ? `${array.length} entries from ${number(facts.minimum)} to ${number(facts.maximum)}, mean ${number(facts.mean)}, norm ${number(facts.norm)}${facts.nonfinite ? `, ${facts.nonfinite} not finite` : ""}` : "no entries");
    for (const part of [room, form, under]) part.hidden = !array.length;
    if (!array.length) return;
    canvas.width = columnsOf(shape);
    canvas.height = Math.ceil(array.length / canvas.width);
    const size = Math.max(1, Math.min(12, Math.floor(SIDE / Math.max(canvas.width, canvas.height))));
    canvas.style.width = `${canvas.width * size}px`;
    canvas.style.height = `${canvas.height * size}px`;
    // The scale of these entries alone: of most steps a recording has none of a large tensor.
    paint(canvas, array, array.reduce((most, each) => (Number.isFinite(each) ? Math.max(most, Math.abs(each)) : most), 0));
    say(under, "Point at an entry to read it.");
    place.value = shape.map(() => 0).join(", ");
    say(entry, exact(array[0], dtype));
    app.announce(`${name}: all ${array.length} entries`);
  }

  return { element: dialog, open };
}
