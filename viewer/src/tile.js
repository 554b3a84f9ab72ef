/** A tensor as a small picture: numbers in cells, coloured points, or statistics. */

import { h, say } from "./dom.js";
import { cell, exact, number, shapeText, spoken } from "./numbers.js";

/** How strongly a number is coloured: the square root keeps small ones visible; the scale is that of the recording. */
export function strength(value, scale) {
  if (!Number.isFinite(value) || !(scale > 0)) return 0;
  return Math.min(Math.sqrt(Math.abs(value) / scale), 1);
}

export class Tile {
  /** @param {[string, number, number, number, number]} form kind, rows, columns, width, height */
  constructor([kind, rows, columns, width, height], slot, labelled = true) {
    this.kind = kind;
    this.slot = slot;
    this.rows = rows;
    this.columns = columns;
    this.key = undefined;
    this.element = h(`div.tile.${kind}`, { role: labelled ? "img" : null });
    this.element.style.width = `${width}px`;
    this.element.style.height = `${height}px`;
    this.element.tile = this;
    if (kind === "cells") {
      this.element.style.gridTemplateColumns = `repeat(${columns}, 1fr)`;
      this.cells = Array.from({ length: rows * columns }, () => h("span"));
      this.element.append(...this.cells);
    } else if (kind === "pixels") {
      this.canvas = h("canvas", { width: columns, height: rows });
      this.element.append(this.canvas);
    }
    this.note = h("span.words");
    this.element.append(this.note);
    if (kind === "statistics") {
      // The sample that a summary keeps: evenly spaced entries.
      this.sample = h("canvas.sample", { width: SAMPLE, height: 1 });
      this.element.append(this.sample);
    }
  }

  /**
   * Show a value. @param {import("./data.js").Value | null} value
   * @param {{name: string, state?: string, key?: string, changed?: boolean}} options state: "hidden", "none", "absent"
   */
  show(value, { name, state = "", key, changed = false }) {
    this.element.classList.toggle("changed", changed);
    const full = key === undefined ? undefined : `${key}|${state}`;
    if (full !== undefined && full === this.key) return;
    this.key = full;
    this.value = state ? null : value;
    this.name = name;
    const words = state === "hidden" ? "?" : state === "none" ? "None" : state === "absent" ? ""
      : value ? (this.kind === "statistics" || (!value.array && this.kind !== "statistics") ? facts(value) : "")
      : "not kept";
    const empty = Boolean(state) || !value || !value.array;
    // Points without any colour would look as if nothing were there.
    const zero = !empty && this.kind === "pixels" && value.array.every((entry) => entry === 0);
    this.element.classList.toggle("zero", zero);
    this.element.classList.toggle("blank", empty);
    this.element.classList.toggle("none", state === "none");
    this.element.classList.toggle("absent", state === "absent");
    say(this.note, zero ? "0" : words);
    if (this.element.getAttribute("role"))
      this.element.setAttribute("aria-label", `${name}: ${state === "hidden" ? "hidden until you answer"
        : state === "none" ? "None" : state === "absent" ? "not there yet" : spoken(value)}`);
    if (this.kind === "cells") this.showCells(empty ? null : value.array);
    else if (this.kind === "pixels") paint(this.canvas, empty ? null : value.array, this.slot.scale);
    else paint(this.sample, state || !value ? null : sampleOf(value), this.slot.scale);
  }

  showCells(array) {
    const scale = this.slot.scale;
    this.cells.forEach((element, at) => {
      const entry = array ? array[at] : undefined;
      const text = entry === undefined ? "" : cell(entry);
      if (element.textContent === text && element.entry === entry) return;
      element.entry = entry;
      element.textContent = text;
      element.className = entry === undefined ? "" : Number.isFinite(entry) ? (entry < 0 ? "neg" : "pos") : "odd";
      element.style.setProperty("--t", `${Math.round(100 * strength(entry, scale))}%`);
    });
  }

  /** The entry under a point, as words; an empty text if there is none. */
  entryAt(x, y) {
    const array = this.value?.array;
    if (!array?.length) return "";
    const box = this.element.getBoundingClientRect();
    const column = Math.floor((x - box.left) / box.width * this.columns);
    const row = Math.floor((y - box.top) / box.height * this.rows);
    const at = row * this.columns + column;
    if (at < 0 || at >= array.length || column < 0 || column >= this.columns) return "";
    return `${this.name}${placeIn(this.value.shape, at)} = ${exact(array[at], this.value.dtype)}`;
  }
}

/** Draw numbers as points, in the order of memory. */
export function paint(canvas, array, scale) {
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (!array?.length) return;
  const [pos, neg, base, odd] = paletteOf(canvas);
  const picture = context.createImageData(canvas.width, canvas.height);
  for (let at = 0; at < array.length; at++) {
    const finite = Number.isFinite(array[at]);
    const t = strength(array[at], scale);
    const hue = finite ? (array[at] < 0 ? neg : pos) : odd;
    for (let part = 0; part < 3; part++) picture.data[4 * at + part] = finite ? base[part] + t * (hue[part] - base[part]) : hue[part];
    picture.data[4 * at + 3] = 255;
  }
  context.putImageData(picture, 0, 0);
}

/** Where an entry stands, as Python writes it: `[2, 1]`. */
export function placeIn(shape, at) {
  if (!shape.length) return "";
  const index = [];
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index.unshift(at % shape[axis]);
    at = Math.floor(at / shape[axis]);
  }
  return `[${index.join(", ")}]`;
}

function facts(value) {
  const summary = value.summary;
  if (!summary && !value.array) return `${shapeText(value.shape)}\nnot kept`;
  if (!summary) return `norm ${number(Math.hypot(...(value.array ?? [])), 3)}`;
  const odd = summary.nonfinite > 0 ? `\n${summary.nonfinite} not finite` : "";
  const range = Number.isNaN(summary.minimum) ? shapeText(value.shape) : `${cell(summary.minimum)} … ${cell(summary.maximum)}`;
  return `norm ${number(summary.norm)}\n${range}${odd}`;
}

/** The colours of where a canvas stands, and where that is; kept only while one turn of the cursor is drawn. */
let palette = null;

/** Asking for a colour makes the browser work out the style of all that has changed, so it is not asked for each tile. */
function paletteOf(canvas) {
  const root = canvas.getRootNode();
  if (palette?.root !== root) {
    const style = getComputedStyle(canvas);
    palette = { root, colours: ["--pos", "--neg", "--tile", "--odd"].map((name) => colour(style, name)) };
    queueMicrotask(() => { palette = null; });
  }
  return palette.colours;
}

function colour(style, name) {
  const text = style.getPropertyValue(name).trim();
  return [1, 3, 5].map((at) => parseInt(text.slice(at, at + 2), 16));
}

const SAMPLE = 16;

/** The entries that stand for a large tensor: its summary's sample, or as many of the whole one. */
function sampleOf({ array, summary }) {
  if (!array) return summary?.sample;
  const count = Math.min(SAMPLE, array.length);
  return Array.from({ length: count }, (_, at) => array[Math.floor(at * array.length / count)]);
}
