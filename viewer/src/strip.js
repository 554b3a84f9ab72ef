/** The events of this step as a strip, coloured and labelled by phase, with a needle at the cursor. */

import { drag, h } from "./dom.js";

/** @param {import("./app.js").Viewer} app */
export function stripPanel(app) {
  const element = h("div.strip", { tabIndex: 0, role: "slider", "aria-label": "Event of this step", "aria-valuemin": "0" });
  const needle = h("div.needle");
  const phases = h("div.phases", { "aria-hidden": "true" });
  /** The program that is painted. */
  let painted = null;

  drag(element, (event) => {
    const box = element.getBoundingClientRect();
    const events = app.program?.events.length ?? 0;
    if (events) app.go(app.index, Math.min(Math.max(Math.floor((event.clientX - box.left) / box.width * events), 0), events - 1));
  });

  /** Colour the strip by phase: one background, however many events there are. */
  function paint(events) {
    const runs = [];
    events.forEach((event, at) => {
      if (runs.at(-1)?.phase === event.phase) runs.at(-1).end = at + 1;
      else runs.push({ phase: event.phase, begin: at, end: at + 1 });
    });
    const percent = (at) => `${(at / Math.max(events.length, 1) * 100).toFixed(3)}%`;
    const stops = runs.map(({ phase, begin, end }) => `var(--${phase}) ${percent(begin)} ${percent(end)}`);
    const gaps = events.length <= 80 && events.length
      ? `repeating-linear-gradient(90deg, transparent 0 calc(100% / ${events.length} - 1.5px), var(--paper) calc(100% / ${events.length} - 1.5px) calc(100% / ${events.length})), ` : "";
    element.style.background = runs.length ? `${gaps}linear-gradient(90deg, ${stops.join(", ")})` : "";
    element.replaceChildren(needle);
    const labels = labelsOf(runs, events.length, phases.clientWidth || 600);
    phases.replaceChildren(...labels.map(({ phase, begin }) => {
      const label = h(`span.phase-${phase}`, {}, phase);
      label.style.left = percent(begin);
      return label;
    }));
  }

  return {
    element, phases,
    /** Paint it again with the next update, as its size is another. */
    again() { painted = null; },
    update() {
      const { program, at } = app;
      const events = program?.events ?? [];
      if (program !== painted) { painted = program; paint(events); }
      element.setAttribute("aria-valuemax", String(Math.max(events.length - 1, 0)));
      element.setAttribute("aria-valuenow", String(at));
      element.setAttribute("aria-valuetext", `event ${at}`);
      needle.style.left = `${events.length ? (at + 0.5) / events.length * 100 : 0}%`;
    },
  };
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
