/** The person's tensors at the cursor: numbers, shape, type, and what this event changed. */

import { cut, h, say } from "./dom.js";
import { show } from "./graph.js";
import { shapeText } from "./numbers.js";
import { bufferAt, origin, writesUntil } from "./queries.js";
import { Tile } from "./tile.js";

const MOST = 60;
/** So many characters of a name a card shows: laying out a million takes seconds. */
const LONGEST = 200;

/** How long the cursor rests, in milliseconds, before the cards out of sight follow it. */
const REST = 120;

export function tensorPanel(app) {
  const grid = h("div.cards");
  const filter = h("input.filter", { type: "search", placeholder: "filter", "aria-label": "Show only tensors whose name contains", oninput: () => panel.update() });
  const more = h("p.aside");
  const element = h("section.pane.tensors", { "aria-label": "Tensors" }, h("h2", {}, "Tensors"), h("div.panetools", {}, filter),
    h("div.scroll", { tabIndex: 0, role: "region", "aria-label": "Tensors at the cursor" }, grid, more));
  let program = null;
  let cards = [];
  let wanted = "";
  // A move fills the cards in sight, as each costs as much as the code. The others follow when the cursor rests, or when they come into sight.
  const byElement = new Map();
  const watch = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const each = byElement.get(target);
      if (!each) continue; // it has been taken away
      each.seen = isIntersecting;
      if (isIntersecting) each.update(app.step, app.at);
    }
  });
  let resting = 0;

  function deal(dealt) {
    cards = dealt;
    grid.replaceChildren(...cards.map((each) => each.element));
    clearTimeout(resting);
    watch.disconnect();
    byElement.clear();
    for (const each of cards) {
      byElement.set(each.element, each);
      watch.observe(each.element);
    }
  }

  function build() {
    program = app.program;
    wanted = filter.value;
    const all = named(program).filter((slot) => slot.name.toLowerCase().includes(wanted.toLowerCase()));
    deal(all.slice(0, MOST).map((slot) => card(app, program, slot)));
    say(more, all.length > MOST ? `${all.length - MOST} more; the filter finds them` : all.length ? "" : "none");
  }

  const panel = {
    element,
    filter,
    update() {
      if (!app.program) { deal([]); program = null; return; }
      if (app.program !== program || filter.value !== wanted) build();
      for (const each of cards) if (each.seen) each.update(app.step, app.at);
      clearTimeout(resting);
      resting = setTimeout(() => { for (const each of cards) if (!each.seen) each.update(app.step, app.at); }, REST);
    },
  };
  return panel;
}

/** Tensors with a name, each once: leaves with their gradients first, then in the order in which they appear. */
function named(program) {
  const slots = program.slots.filter((slot) => slot.name && slot.gradient_of === null);
  const once = [...new Map(slots.map((slot) => [`${slot.name} ${slot.storage}`, slot])).values()];
  return [...once.filter((slot) => slot.parameter), ...once.filter((slot) => !slot.parameter)];
}

function card(app, program, slot) {
  const form = formOf(program, slot);
  const facts = h("span.facts");
  const value = new Tile(form, slot);
  const writer = h("button.link", { type: "button", title: "Go to the event that wrote this value" }, "");
  const head = h("div.cardhead", {}, h("strong", { title: slot.name }, cut(slot.name, LONGEST)), h("span.shape", {}, shapeText(slot.shape)));
  const numbers = h("div.numbers", {}, h("div", {}, value.element));
  const element = h(`div.card${form[0] === "cells" ? "" : ".large"}`, {}, head, facts, numbers);
  const grad = program.gradientOf.get(slot.number);
  let below = null;
  if (slot.parameter) {
    const gradient = grad === undefined ? slot : program.slots[grad];
    below = new Tile(form, gradient);
    numbers.append(h("div", {}, h("span.facts.gradient", {}, ".grad"), below.element));
  }
  const held = { at: null };
  const all = h("button.link", { type: "button", onclick: () => app.entries.open(app.step, held.at) }, "all entries");
  element.append(h("div.links", {}, writer, form[0] !== "cells" && all));
  let target = null;
  writer.addEventListener("click", () => target && app.go(target.step.index, target.event.number));
  let key = "";
  return {
    element,
    /** Whether it is in sight, as far as is known. */
    seen: true,
    update(step, at) {
      const buffer = bufferAt(program, slot.number, at);
      const before = bufferAt(program, slot.number, at - 1);
      const gradient = grad === undefined ? null : bufferAt(program, grad, at);
      const past = grad === undefined ? null : bufferAt(program, grad, at - 1);
      show(app, value, step, [slot.number, buffer ?? -1], { name: slot.name, there: buffer !== null, changed: buffer !== before });
      if (below) show(app, below, step, [grad, gradient], { name: `${slot.name}.grad`, there: true, none: gradient === null, changed: gradient !== past });
      element.classList.toggle("changed", buffer !== before || gradient !== past);
      held.at = [slot.number, buffer ?? -1];
      all.disabled = buffer === null || buffer < 0 || app.isHidden(held.at);
      const now = `${step.index} ${buffer}`;
      if (now === key) return;
      key = now;
      const writes = writesUntil(program, slot.number, at);
      say(facts, [slot.dtype, slot.leaf ? "leaf" : "", slot.requires_grad || !slot.leaf ? "requires_grad" : "",
        slot.device === "cpu" ? "" : slot.device].filter(Boolean).join(" · "));
      target = buffer === null ? null : origin(app.recording, step, [slot.number, buffer]);
      if (target && !target.event) target = null;
      say(writer, buffer === null ? "not there yet" : target
        ? `written ${target.step.number < 0 ? "before the loop, " : ""}by event ${target.event.number}${target.step === step || target.step.number < 0 ? "" : ` of step ${target.step.number}`}${writes > 1 ? `, ${writes}× in this step` : ""}`
        : "from outside the recording");
      writer.disabled = !target;
    },
  };
}

/** The form that the graph gave this tensor, else one for its shape. */
function formOf(program, slot) {
  for (const view of program.views)
    for (const node of view.nodes)
      if (node.tile && node.tensor[0] === slot.number) return node.tile;
  const count = slot.shape.reduce((product, length) => product * length, 1);
  const buffer = program.writes.get(slot.storage)?.[0]?.[1];
  const whole = buffer !== undefined && buffer >= 0 && program.buffers[buffer][3];
  const columns = slot.shape.at(-1) ?? 1;
  const rows = count / (columns || 1);
  if (whole && count && count <= 40 && columns <= 6 && rows <= 8) return ["cells", rows, columns, 46 * columns, 17 * rows];
  if (whole && count && count <= 1024) {
    const size = Math.max(Math.min(9, 100 / columns, 100 / rows), 1);
    return ["pixels", rows, columns, Math.max(size * columns, 12), Math.max(size * rows, 12)];
  }
  return ["statistics", 1, 1, 118, 30];
}
