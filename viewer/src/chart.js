/** A map on the screen: coloured places under one cursor, with a region that can be drawn, by mouse and by keys. */

import { h, say } from "./dom.js";
import { colourAt, along, sentenceAt, sizeOf, ticksOf } from "./map.js";

const WIDE = 560, HIGH = 340, LOW = 150;

/**
 * @param {import("./map.js").SweepMap} map
 * @param {{open: (place: any) => void, choose: () => void}} acts what to do with a place, and when a region was drawn
 */
export function chart(map, acts) {
  const [columns, rows] = sizeOf(map);
  const flat = rows === 1;
  const canvas = h("canvas", { width: flat ? WIDE : columns, height: flat ? LOW : rows, "aria-hidden": "true" });
  const cursor = h("div.place", { hidden: true });
  const box = h("div.region", { hidden: true });
  const limit = h("div.limit", { hidden: true });
  const said = h("p.under", { role: "status" });
  const field = h("div.field", { tabIndex: 0, role: "application", "aria-label": "Map of the sweep: arrows move, Enter opens a run, Shift and arrows choose a region" },
    canvas, limit, box, cursor);
  field.classList.toggle("flat", flat);
  field.style.aspectRatio = flat ? `${WIDE} / ${LOW}` : `${WIDE} / ${HIGH}`;
  let at = { column: columns >> 1, row: rows >> 1 };
  /** The other corner of a region, while there is one. */
  let from = null;

  function paint() {
    const pen = canvas.getContext("2d");
    if (!flat) {
      const picture = pen.createImageData(columns, rows);
      for (let row = 0; row < rows; row++)
        for (let column = 0; column < columns; column++) // upwards, as in a diagram
          picture.data.set([...colourAt(map, { column, row }), 255], 4 * ((rows - 1 - row) * columns + column));
      pen.putImageData(picture, 0, 0);
    } else for (let column = 0; column < columns; column++) {
      // With one number, how many steps a run took is its height.
      pen.fillStyle = `rgb(${colourAt(map, { column, row: 0 })})`;
      const height = Math.max(LOW * map.steps[0][column] / Math.max(map.max_steps, 1), 3);
      const width = WIDE / columns;
      pen.fillRect(column * width, LOW - height, Math.max(width - 1, 1), height);
    }
  }

  const put = (element, left, right, low, high) => Object.assign(element.style, {
    left: `${100 * left / columns}%`, width: `${100 * (right - left) / columns}%`,
    bottom: `${100 * low / rows}%`, height: `${100 * (high - low) / rows}%`,
  });

  function mark(place, corner = null) {
    at = place;
    from = corner;
    cursor.hidden = false;
    put(cursor, at.column, at.column + 1, at.row, at.row + 1);
    box.hidden = !from;
    if (from) {
      const [left, right] = [Math.min(at.column, from.column), Math.max(at.column, from.column)];
      const [low, high] = [Math.min(at.row, from.row), Math.max(at.row, from.row)];
      put(box, left, right + 1, low, high + 1);
      say(said, `${right - left + 1} × ${high - low + 1} places chosen`);
    } else say(said, sentenceAt(map, at));
  }

  const placeAt = (event) => {
    const room = field.getBoundingClientRect();
    const inside = (share, count) => Math.min(Math.max(Math.floor(share * count), 0), count - 1);
    return { column: inside((event.clientX - room.left) / room.width, columns), row: inside((room.bottom - event.clientY) / room.height, rows) };
  };
  const sameAs = (one, other) => one.column === other.column && one.row === other.row;
  let down = null;
  field.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    field.setPointerCapture(event.pointerId);
    down = placeAt(event);
    mark(down);
  });
  field.addEventListener("pointermove", (event) => {
    const here = placeAt(event);
    if (down) mark(here, sameAs(here, down) ? null : down);
    else if (!from) mark(here);
  });
  field.addEventListener("pointerup", () => {
    if (!down) return;
    down = null;
    acts.choose();
    if (!from) acts.open(at);
  });
  field.addEventListener("pointercancel", () => { down = null; });
  field.addEventListener("focus", () => { if (!from) mark(at); });
  field.addEventListener("keydown", (event) => {
    const [right, up] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key] ?? [0, 0];
    if (event.key === "Enter" && !from) acts.open(at);
    else if (right || up) {
      const clamp = (value, count) => Math.min(Math.max(value, 0), count - 1);
      mark({ column: clamp(at.column + right, columns), row: clamp(at.row + up, rows) }, event.shiftKey ? from ?? at : null);
      acts.choose();
    } else return;
    event.preventDefault();
  });

  const position = map.limit !== null && map.axes[0].name === map.limit_of ? along(map.axes[0].values, map.limit) : null;
  if (position !== null) {
    limit.hidden = false;
    limit.style.left = `${100 * position / columns}%`;
  }
  const across = h("div.ticks.across", { "aria-hidden": "true" }, ...ticksOf(map.axes[0].values).map(([place, text]) => {
    const tick = h("span", {}, text);
    tick.style.left = `${100 * (place + 0.5) / columns}%`;
    return tick;
  }));
  const heights = flat ? [] : ticksOf(map.axes[1].values);
  const up = h("div.ticks.up", { "aria-hidden": "true" }, ...heights.map(([place, text]) => {
    const tick = h("span", {}, text);
    tick.style.bottom = `${100 * (place + 0.5) / rows}%`;
    return tick;
  }));
  up.style.minWidth = `${Math.max(0, ...heights.map(([, text]) => 7 * text.length + 4))}px`;
  const element = h("div.chart", {}, h("span.axis.up", {}, flat ? "steps" : map.axes[1].name), up, field, across, h("span.axis.across", {}, map.axes[0].name));
  paint();
  return {
    element, said, field,
    /** Whether there is a line at 2/λmax. */
    limited: position !== null,
    /** The corners of the region that was drawn, or null. */
    get region() { return from ? [from, at] : null; },
  };
}
