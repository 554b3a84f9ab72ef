/** The graph of a step: tensors with their tiles, operations with their backward nodes, folds to open. */

import { button, h, svg } from "./dom.js";
import { reveal } from "./code.js";
import { shapeText } from "./numbers.js";
import { bufferAt, origin } from "./queries.js";
import { Tile } from "./tile.js";

/** A graph is made as small as this if all of it is seen then; else it is scrolled, and its text stays readable. */
const WHOLE = 0.55;
const SMALLEST = 0.7;
const LARGEST = 1.5;
/** What fits on a sheet of paper, in CSS pixels between usual margins. */
const PAPER = 640;
/** How far a wire goes out where it turns to the next line. */
const ROUND = 22;
/** The width of a letter on a wire. */
const LETTER = 6.3;

export function graphPanel(app) {
  const trail = h("nav.trail", { "aria-label": "Part of the graph" });
  const stage = h("div.stage");
  const scroller = h("div.scroll", { tabIndex: 0, role: "region", "aria-label": "Graph of this step" }, stage);
  const fit = button("fit", "Fit the graph into its pane", "G", () => toggle());
  const element = h("section.pane.graph", { "aria-label": "Graph" },
    h("h2", {}, "Graph"), h("div.panetools", {}, trail, fit), scroller);
  const drawn = new Map();
  let shown = null;
  let wanted = null;
  let whole = true;

  function toggle() { whole = !whole; scale(); if (shown) follow(shown); }

  function scale() {
    if (!shown) return;
    const [width, height] = shown.view.size;
    const factor = paper.matches ? Math.min(PAPER / width, 1) : whole ? fitted(scroller.clientWidth / width, scroller.clientHeight / height || 1) : 1;
    shown.picture.style.transform = `scale(${factor})`;
    stage.style.width = `${width * factor}px`;
    stage.style.height = `${height * factor}px`;
    fit.setAttribute("aria-pressed", String(whole));
  }
  if (globalThis.ResizeObserver) new ResizeObserver(() => scale()).observe(scroller);
  const paper = matchMedia("print");
  paper.addEventListener("change", scale, { signal: app.ended.signal });

  function draw(program, number) {
    const key = `${program.number} ${number}`;
    if (!drawn.has(key)) drawn.set(key, makeView(app, program, number, (view) => open(view)));
    return drawn.get(key);
  }

  /** Show a part, also one where the cursor is not; it stays until the cursor moves. */
  function open(number) {
    wanted = number;
    panel.update();
    if (shown) follow(shown);
  }

  function crumbs(program, number) {
    const path = [];
    for (let at = number; at !== null && at !== undefined; at = program.views[at].parent) path.unshift(at);
    trail.replaceChildren(...(path.length < 2 ? [] : path).map((at, place) =>
      h("button.crumb", { type: "button", onclick: () => open(at), disabled: at === number, title: program.views[at].title },
        place ? program.views[at].title : "whole step")));
  }

  function follow(drawing) {
    const lit = drawing.picture.querySelector(".node.now");
    if (lit) reveal(scroller, lit, 24);
  }

  const panel = {
    element,
    toggle,
    /** Which part is shown, and in which size. */
    get state() { return { wanted, whole }; },
    set state(state) { ({ wanted, whole } = state); },
    up() { if (shown?.view.parent !== null && shown) open(shown.view.parent); },
    update() {
      const program = app.program;
      if (program && !program.views[0]?.nodes.length) {
        stage.replaceChildren(h("p.empty", {}, "Nothing here is part of a graph."));
        stage.style.width = stage.style.height = "";
        crumbs(program, 0);
        shown = null;
        return;
      }
      if (!program) { stage.replaceChildren(h("p.empty", {}, "Only the loss of this step was kept, so there is no graph.")); shown = null; return; }
      let number = wanted !== null && program.views[wanted] ? wanted : 0;
      // Follow the cursor: where this part shows nothing of the event, go up to one that does, then down again as deep.
      if (app.moved && program.views.length > 1 && number > 0 && !holds(program.views[number], app.at)) {
        const depth = depthOf(program, number);
        let best = 0;
        program.views.forEach((view, at) => {
          if (depthOf(program, at) <= depth && depthOf(program, at) >= depthOf(program, best) && holds(view, app.at, true)) best = at;
        });
        number = wanted = best;
      }
      const drawing = draw(program, number);
      if (drawing !== shown) {
        shown = drawing;
        stage.replaceChildren(drawing.picture);
        crumbs(program, number);
        scale();
      }
      drawing.update();
      if (app.moved) app.later.push(() => follow(drawing));
    },
  };
  return panel;
}

/** How large to draw what would just fit in width and in height at these sizes. */
export function fitted(wide, high) {
  const room = Math.min(wide, high);
  return room >= WHOLE ? Math.min(room, LARGEST) : Math.min(Math.max(high, SMALLEST), 1);
}

const depthOf = (program, number) => {
  let depth = 0;
  for (let at = program.views[number].parent; at !== null; at = program.views[at].parent) depth++;
  return depth;
};

/** Whether something happens in a view during an event; strictly, at an operation of it. */
function holds(view, event, strictly = false) {
  return view.nodes.some((node) => (!strictly || node.kind === "operation" || node.kind === "fold") && node.events.includes(event));
}

function makeView(app, program, number, open) {
  const view = program.views[number];
  const [width, height] = view.size;
  const wires = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, class: "wires", "aria-hidden": "true" });
  const picture = h("div.picture", {}, wires);
  picture.style.width = `${width}px`;
  picture.style.height = `${height}px`;
  const edges = view.edges.map((edge) => {
    const path = svg("path", { d: curve(edge.points), class: "wire" });
    const flow = svg("path", { d: curve(edge.points), class: "flow" });
    wires.append(path, flow);
    const room = longest(edge.points);
    if (edge.label && room.length > LETTER * edge.label.length) {
      const { x, y } = room;
      const label = h("span.edgelabel", {}, edge.label);
      label.style.left = `${x}px`;
      label.style.top = `${y}px`;
      picture.append(label);
    }
    return { ...edge, path, flow, state: "" };
  });
  const nodes = view.nodes.map((node) => makeNode(app, program, node, open));
  for (const node of nodes) picture.append(node.element);
  return {
    view, picture,
    update() {
      const { at, event, step } = app;
      const phase = event?.phase ?? "";
      for (const edge of edges) {
        const forward = edge.events[0];
        const back = edge.events.slice(1);
        const state = edge.events.includes(at) ? (at === forward ? "forth" : "back")
          : back.some((each) => each <= at) ? "passed" : forward <= at ? "done" : "";
        if (state !== edge.state) {
          edge.path.setAttribute("class", `wire ${state}`);
          edge.flow.setAttribute("class", `flow ${state}`);
          edge.state = state;
        }
      }
      for (const node of nodes) node.update(step, at, phase);
    },
  };
}

function makeNode(app, program, node, open) {
  const [x, y, width, height] = node.box;
  const element = h(node.view != null && node.kind === "fold" ? "button.node" : "div.node", {});
  element.classList.add(node.kind);
  if (node.kind === "fold") element.type = "button";
  Object.assign(element.style, { left: `${x}px`, top: `${y}px`, width: `${width}px`, height: `${height}px` });
  for (const text of node.title) element.append(h("span.title", {}, text));
  const remarks = (node.remarks ?? []).map(([text, event]) => {
    const remark = event >= 0
      ? h("button.remark", { type: "button", title: `${text}: event ${event}`, onclick: (click) => { click.stopPropagation(); app.go(app.index, event); } }, text)
      : h("span.remark", {}, text);
    element.append(remark);
    return { event, remark };
  });
  const first = node.events[0];
  if (node.kind === "fold") {
    element.addEventListener("click", () => open(node.view));
    element.title = `${node.title.join("")}: open`;
  } else if (first !== undefined && node.kind === "operation") {
    element.addEventListener("click", () => app.go(app.index, first));
  } else if (node.view != null) {
    element.append(h("button.elsewhere", { type: "button", onclick: () => open(node.view) }, "made elsewhere"));
  }
  const tiles = node.tensor ? makeTiles(app, program, node, element) : null;
  // A click on a tensor leads to the event that wrote what it shows.
  if (node.tensor) element.addEventListener("click", (click) => {
    if (click.target.closest("button")) return;
    const shown = node.kind === "leaf" ? bufferAt(program, node.tensor[0], app.at) ?? node.tensor[1] : node.tensor[1];
    const from = origin(app.recording, app.step, [node.tensor[0], shown]);
    if (from?.event) app.go(from.step.index, from.event.number);
  });
  let before = "";
  return {
    element,
    update(step, at, phase) {
      const touched = node.events.includes(at);
      const done = node.kind === "leaf" ? program.born[node.tensor[0]] <= at : first !== undefined && first <= at;
      const state = `${touched ? `now phase-${phase}` : ""} ${done ? "" : "ahead"}`;
      if (state !== before) {
        element.className = `node ${node.kind} ${state}`;
        before = state;
      }
      for (const { event, remark } of remarks) {
        if (event < 0) continue;
        remark.classList.toggle("now", event === at);
        remark.classList.toggle("done", event <= at);
      }
      tiles?.(step, at);
    },
  };
}

/** The tiles of a tensor: its value, and below it its gradient, or for a leaf its .grad. */
function makeTiles(app, program, node, element) {
  const [slotNumber, buffer] = node.tensor;
  const slot = program.slots[slotNumber];
  const leaf = node.kind === "leaf";
  const grad = leaf ? program.gradientOf.get(slotNumber) : undefined;
  const name = slot.label || shapeText(slot.shape);
  element.append(h("span.facts", {}, `${slot.label ? `${shapeText(slot.shape)} ` : ""}${slot.parameter ? "leaf" : ""}`));
  const value = new Tile(node.tile, slot);
  element.append(value.element);
  let below = null, label = null;
  if (node.gradient || grad !== undefined) {
    const shown = grad !== undefined ? program.slots[grad] : program.slots[node.gradient[1]];
    below = new Tile(node.tile, { ...shown, scale: Math.max(shown.scale, 0) });
    label = h("span.facts.gradient", {}, grad !== undefined ? ".grad" : "gradient");
    element.append(label, below.element);
  }
  return (step, at) => {
    const now = leaf ? bufferAt(program, slotNumber, at) ?? buffer : buffer;
    const there = program.born[slotNumber] <= at || (!leaf && node.events[0] <= at);
    const made = (event) => event === at;
    show(app, value, step, [slotNumber, now], { name, there, changed: leaf ? now !== (bufferAt(program, slotNumber, at - 1) ?? buffer) : made(node.events[0]) });
    if (!below) return;
    if (grad !== undefined) {
      const held = bufferAt(program, grad, at);
      const past = bufferAt(program, grad, at - 1);
      show(app, below, step, [grad, held], { name: `${name}.grad`, there, none: there && held === null, changed: held !== past });
    } else {
      const [when, ...reference] = node.gradient;
      show(app, below, step, reference, { name: `gradient for ${name}`, there: when <= at, changed: made(when), hidden: made(when) || undefined });
    }
  };
}

export function show(app, tile, step, reference, { name, there, none = false, changed, hidden = undefined }) {
  const state = none ? "none" : !there ? "absent" : app.isHidden(reference, hidden) ? "hidden" : "";
  const value = state ? null : app.recording.value(step, reference);
  tile.show(value, { name, state, key: `${step.index} ${reference}`, changed: changed && there });
}

function curve(points) {
  let path = `M${points[0]} ${points[1]}`;
  for (let at = 2; at < points.length; at += 2) {
    const [x0, y0, x1, y1] = [points[at - 2], points[at - 1], points[at], points[at + 1]];
    if (x0 === x1 && y0 !== y1) { // where a line ends it turns on the right, and before the next one on the left
      const out = at > 2 && points[at - 4] > x0 ? -ROUND : ROUND;
      path += `C${x0 + out} ${y0} ${x0 + out} ${y1} ${x1} ${y1}`;
      continue;
    }
    const bend = Math.max((x1 - x0) / 2, 8);
    path += y0 === y1 ? `L${x1} ${y1}` : `C${x0 + bend} ${y0} ${x1 - bend} ${y1} ${x1} ${y1}`;
  }
  return path;
}

/** The longest part of a wire, where its label has room, and the middle of it. */
function longest(points) {
  let found = { length: 0, x: points[0], y: points[1] };
  for (let at = 2; at < points.length; at += 2) {
    const [x0, y0, x1, y1] = points.slice(at - 2, at + 2);
    if (x1 - x0 > found.length) found = { length: x1 - x0, x: (x0 + x1) / 2, y: (y0 + y1) / 2 };
  }
  return found;
}
