/** Time: the loss of all steps with the cursor on it, and the events of this step by phase. */

import { drag, h, say } from "./dom.js";
import { placeOf } from "./label.js";
import { number } from "./numbers.js";
import { marksOf } from "./remarks.js";
import { digitsOf, joined, needsLogarithm, scaleOf } from "./scale.js";
import { stripPanel } from "./strip.js";

const HEIGHT = 92, LEFT = 58, RIGHT = 10, TOP = 8, BOTTOM = 18;
/** Of the label beside the cursor: its height; where it begins, from above, in the upper row and in the lower one; the button's width. */
const LABEL = 18, HIGH = 4, LOW = HEIGHT - BOTTOM - LABEL - 1, BUTTON = 92;
/** What fits on a sheet of paper, in CSS pixels between usual margins. */
const PAPER = 694;

export function timePanel(app) {
  const { recording } = app;
  const canvas = h("canvas");
  const cursor = h("div.cursor");
  const dot = h("div.dot");
  const marks = h("div.marks");
  const readout = h("div.readout");
  const why = h("span.why");
  const plot = h("div.plot", { tabIndex: 0, role: "slider", "aria-label": "Step", "aria-valuemin": "0" }, canvas, why, cursor, dot, readout);
  const strip = stripPanel(app);
  const log = h("button.text.log", { type: "button", title: "Logarithmic scale (L)", onclick: () => panel.toggleLog() }, "log");
  const zoom = h("button.text", { type: "button", title: "Show all steps (0)", onclick: () => panel.all(), hidden: true }, "all steps");
  const element = h("section.time", { "aria-label": "Time" }, plot, marks, log, zoom, strip.element, strip.phases);
  const count = Math.max(recording.loss.length, 1);
  const losses = recording.loss;
  const all = recording.overlay ? joined(losses, recording.overlay.loss) : losses;
  for (const part of [plot, marks]) part.hidden = !losses.length; // without a backward call there is no loss
  const { low, high } = scaleOf(all, false);
  log.hidden = !(low < high); // one loss looks the same on any scale
  const needed = needsLogarithm(all);
  /** What the person chose, or null. @type {boolean | null} */
  let chosen = null;
  let logarithmic = needed;
  let from = 0, to = count - 1;
  let scale = scaleOf(losses, false);
  let width = 0;
  // Measures the label. The canvas of the curve would make the browser lay the page out for that.
  const ruler = new OffscreenCanvas(1, 1).getContext("2d");
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
    const sans = colour("--sans") || "sans-serif";
    pen.font = `10.5px ${sans}`;
    ruler.font = `600 12px ${sans}`;
    pen.fillStyle = colour("--muted");
    pen.strokeStyle = colour("--rule");
    pen.textAlign = "right";
    for (const [loss, height] of scale.high > scale.low ? [[scale.high, 1], [scale.low, 0]] : [[scale.low, 0.5]]) {
      if (Number.isNaN(loss)) break;
      const place = TOP + (1 - height) * (HEIGHT - TOP - BOTTOM);
      pen.beginPath();
      pen.moveTo(LEFT, place + 0.5);
      pen.lineTo(width - RIGHT, place + 0.5);
      pen.stroke();
      if (!(app.predict && hiddenFrom < Infinity && loss === scale.low)) pen.fillText(number(loss, digitsOf(scale.low, scale.high)), LEFT - 6, place + 4);
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

  /** Write the loss beside the cursor, where no curve is; one that is no number is marked at the bottom. */
  function label(px, place) {
    const { left, top } = placeOf({ x: px, y: Number.isNaN(place) ? HEIGHT : place, width: ruler.measureText(readout.textContent).width + 8, height: LABEL },
      { left: LEFT, right: width - (zoom.hidden ? RIGHT : BUTTON), high: HIGH, low: LOW }, drawnAt);
    readout.style.transform = `translate(${left}px, ${top}px)`;
  }

  /** How far down the curves are at a place; not a number where they are not drawn. */
  function drawnAt(px) {
    const step = from + (px - LEFT) / Math.max(width - LEFT - RIGHT, 1) * (to - from);
    const [one, other] = [Math.floor(step), Math.ceil(step)];
    return (recording.overlay ? [losses, recording.overlay.loss] : [losses]).map((values) => {
      if (one < from || other > Math.min(to, hiddenFrom, values.length - 1)) return NaN;
      return y(values[one]) + (step - one) * (y(values[other]) - y(values[one]));
    });
  }

  function mark() {
    marks.replaceChildren(...marksOf(recording).filter(({ step }) => step >= from && step <= to && step < hiddenFrom + 1).slice(0, 200).map(({ step, event, title, kind }) => {
      const element = h(`button.mark.${kind}`, { type: "button", title, onclick: (click) => { click.stopPropagation(); app.goStep(step, event ?? 0); } });
      element.setAttribute("aria-label", title);
      element.style.left = `${x(step)}px`;
      return element;
    }));
  }

  if (globalThis.ResizeObserver) new ResizeObserver(() => { strip.again(); draw(); panel.update(); }).observe(plot);

  paper.addEventListener("change", () => { draw(); panel.update(); }, { signal: app.ended.signal });

  drag(plot, (event) => app.goStep(Math.min(Math.max(stepAt(event.clientX - plot.getBoundingClientRect().left), from), to)));
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
      const { step } = app;
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
      say(readout, !shown ? "" : `loss ${number(loss, Math.max(digitsOf(low, high), 4))}`);
      if (shown) label(px, place);
      plot.setAttribute("aria-valuemax", String(count - 1));
      plot.setAttribute("aria-valuenow", String(Math.min(Math.max(step.number, 0), count - 1)));
      plot.setAttribute("aria-valuetext", `step ${step.number}${shown ? `, loss ${number(loss)}` : ""}`);
      strip.update();
    },
  };

  /** Take the scale that was chosen, or the one that the losses need, and say so. */
  function scaled() {
    logarithmic = chosen ?? needed;
    log.setAttribute("aria-pressed", String(logarithmic));
    say(why, !logarithmic ? "" : chosen === null ? "logarithmic, as most losses would lie on the lowest line" : "logarithmic");
  }
  scaled();
  return panel;
}
