/** Time: the loss of all steps with the cursor on it, and the events of this step by phase. */

import { h, say } from "./dom.js";
import { number } from "./numbers.js";
import { marksOf } from "./remarks.js";

const HEIGHT = 92, LEFT = 58, RIGHT = 10, TOP = 8, BOTTOM = 18;
/** What fits on a sheet of paper, in CSS pixels between usual margins. */
const PAPER = 694;

/** From values to heights between 0 and 1; on a logarithmic scale if asked for and possible. One value is in the middle. */
export function scaleOf(losses, logarithmic) {
  let low = Infinity, high = -Infinity;
  for (const loss of losses) {
    if (!Number.isFinite(loss) || (logarithmic && loss <= 0)) continue;
    if (loss < low) low = loss;
    if (loss > high) high = loss;
  }
  if (low > high) return { low: 0, high: 1, at: () => NaN };
  const f = logarithmic ? Math.log : (x) => x;
  const span = f(high) - f(low);
  const height = (loss) => (span ? (f(loss) - f(low)) / span : 0.5);
  return { low, high, at: (loss) => (Number.isFinite(loss) && !(logarithmic && loss <= 0) ? height(loss) : NaN) };
}

/** What part of the height a loss needs above the lowest one to be told from it: about a pixel. */
const SEEN = 1 / 66;
/** Losses that differ less than so many times are shown on a plain scale, which is easier to read. */
const APART = 1000;

/** Whether the losses are far apart, more than half of them would lie on the lowest line, and none is lost on a logarithmic scale. */
export function needsLogarithm(losses) {
  const finite = losses.filter(Number.isFinite);
  if (finite.length < 3 || finite.some((loss) => loss <= 0)) return false;
  const { low, high, at } = scaleOf(finite, false);
  return high > APART * low && finite.filter((loss) => at(loss) < SEEN).length > finite.length / 2;
}

export function timePanel(app) {
  const { recording } = app;
  const canvas = h("canvas");
  const cursor = h("div.cursor");
  const dot = h("div.dot");
  const marks = h("div.marks");
  const readout = h("div.readout");
  const why = h("span.why");
  const plot = h("div.plot", { tabIndex: 0, role: "slider", "aria-label": "Step", "aria-valuemin": "0" }, canvas, why, cursor, dot, readout);
  const strip = h("div.strip", { tabIndex: 0, role: "slider", "aria-label": "Event of this step", "aria-valuemin": "0" });
  const needle = h("div.needle");
  const phases = h("div.phases", { "aria-hidden": "true" });
  const log = h("button.text.log", { type: "button", title: "Logarithmic scale (L)", onclick: () => panel.toggleLog() }, "log");
  const zoom = h("button.text", { type: "button", title: "Show all steps (0)", onclick: () => panel.all(), hidden: true }, "all steps");
  const element = h("section.time", { "aria-label": "Time" }, plot, marks, log, zoom, strip, phases);
  const count = Math.max(recording.loss.length, 1);
  const losses = recording.loss;
  for (const part of [plot, marks, log]) part.hidden = !losses.length; // without a backward call there is no loss
  const needed = needsLogarithm(recording.overlay ? joined(losses, recording.overlay.loss) : losses);
  /** What the person chose, or null. @type {boolean | null} */
  let chosen = null;
  let logarithmic = needed;
  let from = 0, to = count - 1;
  let scale = scaleOf(losses, false);
  let width = 0;
  let striped = null;
  let hiddenFrom = Infinity;
  const paper = matchMedia("print");

  const x = (step) => LEFT + (to > from ? (step - from) / (to - from) : 0.5) * (width - LEFT - RIGHT);
  const y = (loss) => TOP + (1 - scale.at(loss)) * (HEIGHT - TOP - BOTTOM);
  const stepAt = (px) => Math.round(from + (px - LEFT) / Math.max(width - LEFT - RIGHT, 1) * (to - from));

  function draw() {
    const ratio = Math.min(globalThis.devicePixelRatio || 1, 3);
    width = paper.matches ? PAPER : plot.clientWidth || 600;
    canvas.width = width * ratio;
    canvas.height = HEIGHT * ratio;
    const style = getComputedStyle(plot);
    const colour = (name) => style.getPropertyValue(name).trim();
    const pen = canvas.getContext("2d");
    pen.scale(ratio, ratio);
    pen.clearRect(0, 0, width, HEIGHT);
    scale = scaleOf(recording.overlay ? joined(losses.subarray(from, to + 1), recording.overlay.loss.subarray(from, to + 1)) : losses.subarray(from, to + 1), logarithmic);
    pen.font = `10.5px ${colour("--sans") || "sans-serif"}`;
    pen.fillStyle = colour("--muted");
    pen.strokeStyle = colour("--rule");
    pen.textAlign = "right";
    for (const [loss, height] of scale.high > scale.low ? [[scale.high, 1], [scale.low, 0]] : [[scale.low, 0.5]]) {
      const place = TOP + (1 - height) * (HEIGHT - TOP - BOTTOM);
      pen.beginPath();
      pen.moveTo(LEFT, place + 0.5);
      pen.lineTo(width - RIGHT, place + 0.5);
      pen.stroke();
      if (!(app.predict && hiddenFrom < Infinity && loss === scale.low)) pen.fillText(number(loss, 3), LEFT - 6, place + 4);
    }
    pen.textAlign = "left";
    pen.fillText(`step ${from}`, LEFT, HEIGHT - 4);
    pen.textAlign = "right";
    pen.fillText(`step ${to}`, width - RIGHT, HEIGHT - 4);
    if (recording.overlay) curve(pen, recording.overlay.loss, colour("--clear"), 1.6, [5, 3]);
    curve(pen, losses, colour("--accent"), 2, []);
    pen.fillStyle = colour("--alert");
    for (let at = from; at <= to; at++)
      if (!Number.isFinite(losses[at]) && at < hiddenFrom) pen.fillRect(x(at) - 1, HEIGHT - BOTTOM - 5, 2, 5);
    mark();
  }

  function curve(pen, values, colour, thick, dashes) {
    pen.strokeStyle = colour;
    pen.lineWidth = thick;
    pen.lineJoin = "round";
    pen.setLineDash(dashes);
    pen.beginPath();
    let down = false;
    const end = Math.min(to, hiddenFrom, values.length - 1);
    const perPixel = Math.max((to - from) / Math.max(width, 1), 0);
    if (perPixel <= 2) {
      for (let at = from; at <= end; at++) {
        const place = y(values[at]);
        if (Number.isNaN(place)) { down = false; continue; }
        if (down) pen.lineTo(x(at), place); else pen.moveTo(x(at), place);
        down = true;
      }
    } else { // several steps share a column: from the lowest to the highest of them
      for (let column = 0; column < width; column++) {
        let low = Infinity, high = -Infinity;
        const last = Math.min(end, Math.ceil(from + (column + 1) * perPixel));
        for (let at = Math.floor(from + column * perPixel); at <= last; at++) {
          const place = y(values[at]);
          if (place < low) low = place;
          if (place > high) high = place;
        }
        if (low > high) { down = false; continue; }
        const px = LEFT + column / width * (width - LEFT - RIGHT);
        if (down) pen.lineTo(px, high); else pen.moveTo(px, high);
        pen.lineTo(px, low);
        down = true;
      }
    }
    pen.stroke();
    pen.setLineDash([]);
  }

  function mark() {
    marks.replaceChildren(...marksOf(recording).filter(({ step }) => step >= from && step <= to && step < hiddenFrom + 1).slice(0, 200).map(({ step, event, title, kind }) => {
      const element = h(`button.mark.${kind}`, { type: "button", title, onclick: (click) => { click.stopPropagation(); app.goStep(step, event ?? 0); } });
      element.setAttribute("aria-label", title);
      element.style.left = `${x(step)}px`;
      return element;
    }));
  }

  if (globalThis.ResizeObserver) new ResizeObserver(() => { striped = null; draw(); panel.update(); }).observe(plot);

  paper.addEventListener("change", () => { draw(); panel.update(); }, { signal: app.ended.signal });

  const drag = (target, action) => {
    target.addEventListener("pointerdown", (down) => {
      if (down.button || down.target.closest(".mark")) return;
      target.setPointerCapture(down.pointerId);
      action(down);
      const move = (event) => action(event);
      target.addEventListener("pointermove", move);
      target.addEventListener("pointerup", () => target.removeEventListener("pointermove", move), { once: true });
      target.addEventListener("pointercancel", () => target.removeEventListener("pointermove", move), { once: true });
    });
  };
  drag(plot, (event) => app.goStep(Math.min(Math.max(stepAt(event.clientX - plot.getBoundingClientRect().left), from), to)));
  drag(strip, (event) => {
    const box = strip.getBoundingClientRect();
    const events = app.program?.events.length ?? 0;
    if (events) app.go(app.index, Math.min(Math.max(Math.floor((event.clientX - box.left) / box.width * events), 0), events - 1));
  });
  plot.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.shiftKey) return;
    event.preventDefault();
    panel.zoom(stepAt(event.clientX - plot.getBoundingClientRect().left), (event.deltaY || event.deltaX) > 0 ? 1.25 : 0.8);
  }, { passive: false });
  plot.addEventListener("dblclick", (event) => panel.zoom(stepAt(event.clientX - plot.getBoundingClientRect().left), 0.25));

  const panel = {
    element,
    draw,
    /** What is shown of the curve, and how; who sees all steps sees all of those to come. */
    get state() { return { chosen, part: zoom.hidden ? null : [from, to] }; },
    set state({ chosen: wanted, part }) {
      chosen = wanted;
      scaled();
      if (!part || part[1] >= count) return;
      [from, to] = part;
      zoom.hidden = false;
    },
    toggleLog() {
      chosen = !logarithmic;
      scaled();
      draw();
      this.update();
    },
    all() { from = 0; to = count - 1; zoom.hidden = true; draw(); this.update(); },
    /** Show more or fewer steps around one. */
    zoom(around, factor) {
      const length = Math.min(Math.max(Math.round((to - from) * factor), 8), count - 1);
      from = Math.max(Math.min(Math.round(around - length * ((around - from) / Math.max(to - from, 1))), count - 1 - length), 0);
      to = Math.min(from + length, count - 1);
      zoom.hidden = from === 0 && to === count - 1;
      draw();
      this.update();
    },
    update() {
      const { step, program, at } = app;
      if (!step) return;
      const secret = app.predict ? step.number - 1 : Infinity;
      if (secret !== hiddenFrom) { hiddenFrom = secret; draw(); }
      if (step.number < from || step.number > to) {
        const inside = step.number >= 0 && step.number < count;
        if (inside && (from > 0 || to < count - 1)) {
          const length = to - from;
          from = Math.max(Math.min(step.number - (length >> 1), count - 1 - length), 0);
          to = from + length;
          draw();
        }
      }
      const loss = losses[step.number];
      const shown = loss !== undefined && step.number <= hiddenFrom;
      const px = x(Math.min(Math.max(step.number, from), to));
      cursor.style.transform = `translateX(${px}px)`;
      const place = shown ? y(loss) : NaN;
      dot.hidden = Number.isNaN(place);
      dot.style.transform = `translate(${px}px, ${Number.isNaN(place) ? 0 : place}px)`;
      say(readout, !shown ? "" : `loss ${number(loss)}`);
      const free = width - (zoom.hidden ? RIGHT : 92); // left of the button
      // Above or below, where the curve is not at this step.
      const down = place < HEIGHT / 2 ? HEIGHT - BOTTOM - 28 : 0;
      readout.style.transform = px > width / 2 ? `translate(calc(${Math.min(px - 8, free)}px - 100%), ${down}px)` : `translate(${px + 8}px, ${down}px)`;
      plot.setAttribute("aria-valuemax", String(count - 1));
      plot.setAttribute("aria-valuenow", String(Math.min(Math.max(step.number, 0), count - 1)));
      plot.setAttribute("aria-valuetext", `step ${step.number}${shown ? `, loss ${number(loss)}` : ""}`);
      const events = program?.events ?? [];
      if (program !== striped) { striped = program; stripe(events); }
      strip.setAttribute("aria-valuemax", String(Math.max(events.length - 1, 0)));
      strip.setAttribute("aria-valuenow", String(at));
      strip.setAttribute("aria-valuetext", `event ${at}`);
      needle.style.left = `${events.length ? (at + 0.5) / events.length * 100 : 0}%`;
    },
  };

  /** Take the scale that was chosen, or the one that the losses need, and say so. */
  function scaled() {
    logarithmic = chosen ?? needed;
    log.setAttribute("aria-pressed", String(logarithmic));
    say(why, !logarithmic ? "" : chosen === null ? "logarithmic, as most losses would lie on the lowest line" : "logarithmic");
  }
  scaled();

  /** Colour the strip by phase: one background, however many events there are. */
  function stripe(events) {
    const runs = [];
    events.forEach((event, at) => {
      if (runs.at(-1)?.phase === event.phase) runs.at(-1).end = at + 1;
      else runs.push({ phase: event.phase, begin: at, end: at + 1 });
    });
    const percent = (at) => `${(at / Math.max(events.length, 1) * 100).toFixed(3)}%`;
    const stops = runs.map(({ phase, begin, end }) => `var(--${phase}) ${percent(begin)} ${percent(end)}`);
    const gaps = events.length <= 80 && events.length
      ? `repeating-linear-gradient(90deg, transparent 0 calc(100% / ${events.length} - 1.5px), var(--paper) calc(100% / ${events.length} - 1.5px) calc(100% / ${events.length})), ` : "";
    strip.style.background = runs.length ? `${gaps}linear-gradient(90deg, ${stops.join(", ")})` : "";
    strip.replaceChildren(needle);
    const labels = labelsOf(runs, events.length, phases.clientWidth || 600);
    phases.replaceChildren(...labels.map(({ phase, begin }) => {
      const label = h(`span.phase-${phase}`, {}, phase);
      label.style.left = percent(begin);
      return label;
    }));
  }
  return panel;
}

/** The width of a letter of a label, and what is free between two of them. */
const LETTER = 6.6, BETWEEN = 8;
/** What part of the events of a step is a long run. */
const LONG = 0.08;

/** Which runs of events are labelled with their phase: one of each phase, long ones first, then the other long ones, as far as there is room. */
export function labelsOf(runs, count, width) {
  const placed = [];
  const place = (run) => {
    const left = run.begin / count * width;
    const right = left + run.phase.length * LETTER;
    if (right <= width && !placed.some((other) => left < other.right + BETWEEN && other.left < right + BETWEEN)) placed.push({ run, left, right });
  };
  const isNew = ({ phase }) => !placed.some(({ run }) => run.phase === phase);
  const long = runs.filter(({ begin, end }) => end - begin > LONG * count);
  for (const run of long) if (isNew(run)) place(run);
  for (const run of runs) if (isNew(run) && run.phase !== "other") place(run);
  long.forEach(place);
  return placed.sort((one, other) => one.left - other.left).map(({ run }) => run);
}

function joined(one, other) {
  const both = new Float64Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}
