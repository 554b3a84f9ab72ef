/** What must be known of a recording: errors, findings, disagreements, what was not seen; alerts first. */

import { h, prose } from "./dom.js";
import { firstNonfinite, nearestStep } from "./queries.js";

/** What stands on the timeline: findings, disagreeing comparisons, errors. */
export function marksOf(recording) {
  const { findings, comparisons, notes } = recording.head;
  return [
    ...findings.filter((each) => each.step != null).map((each) => ({ step: each.step, event: each.event, title: `${each.name}: ${each.fact ?? ""}`, kind: each.severity === "error" ? "error" : "warning" })),
    ...comparisons.filter((each) => !each.agrees).map((each) => ({ step: each.step, event: each.event, title: `${each.what} disagrees`, kind: "error" })),
    ...notes.filter((each) => each.step != null && each.kind === "error").map((each) => ({ step: each.step, event: Infinity, title: each.text, kind: "error" })),
  ];
}

/** In this order, what must be known first. */
const ORDER = ["error", "warning", "note", "good"];

/** What is said above everything else: all of it if it is little, else the first with the others behind a click. */
export function remarksOf(app) {
  const rank = (item) => ORDER.indexOf(item.className);
  const items = [...findings(app), ...disagreements(app), ...notes(app), ...remarks(app)].sort((one, other) => rank(one) - rank(other));
  if (!items.length) return h("div.remarks", { hidden: true });
  const shown = items.splice(0, items.length <= 2 ? 2 : 1);
  return h("div.remarks", {}, h("ul", {}, ...shown), items.length > 0
    && h("details.more", {}, h("summary", {}, `${items.length} more: ${kindsOf(items)}`), h("ul", {}, ...items)));
}

const WORDS = { error: ["alert", "alerts"], warning: ["warning", "warnings"], note: ["note", "notes"], good: ["result", "results"] };

function kindsOf(items) {
  const counts = ORDER.map((kind) => [kind, items.filter((item) => item.className === kind).length]);
  return counts.filter(([, count]) => count).map(([kind, count]) => `${count} ${WORDS[kind][count === 1 ? 0 : 1]}`).join(", ");
}

const place = (each) => (each.step == null ? "" : `step ${each.step}`);
const link = (text, action) => h("button.link", { type: "button", onclick: action }, text);

const findings = (app) => app.recording.head.findings.map((finding) =>
  h(`li.${finding.severity === "error" ? "error" : "warning"}`, {},
    finding.step == null ? h("b", {}, finding.name) : link(finding.name, () => app.goStep(finding.step, finding.event ?? 0)),
    " ", ...prose(finding.fact ?? ""), (finding.why || finding.fix) && h("details", {}, h("summary", {}, "why, and what to do"),
      finding.why && h("p", {}, ...prose(finding.why)), finding.fix && h("pre", {}, finding.fix))));

const disagreements = (app) => app.recording.head.comparisons.filter((each) => !each.agrees).map((row) =>
  h("li.error", {}, link(`${row.what} disagrees`, () => app.goStep(row.step, row.event ?? 0)), ` with what was recomputed, ${place(row)}`));

const notes = (app) => app.recording.head.notes.map((note) =>
  h(`li.${note.kind === "error" ? "error" : "note"}`, {},
    note.step == null ? "" : link(place(note), () => app.goStep(note.step, note.kind === "error" ? Infinity : 0)), " ", ...prose(note.text)));

/** That the loss stops being a number, and where that comes from. */
function nonfinite(app) {
  const { recording } = app;
  const number = recording.loss.findIndex((loss) => !Number.isFinite(loss));
  if (number < 0) return [];
  // NaN also stands for a loss that was not one number, so the numbers of that step decide.
  const index = nearestStep(recording, number);
  const there = firstNonfinite(recording, recording.steps.slice(Math.max(index - 1, 0), index + 1));
  if (!there || recording.head.findings.some((each) => each.step === recording.steps[there.index].number && each.event === there.event)) return [];
  return [h("li.error", {}, link(`step ${recording.steps[there.index].number}, event ${there.event}`, () => app.go(there.index, there.event)),
    ` makes the first number that is not finite; the loss of step ${number} is not finite either.`)];
}

function remarks(app) {
  const { head, overlay } = app.recording;
  const items = nonfinite(app);
  // At the server the loop may still run, which is said beside the cursor.
  if (head.facts.closed === false && !app.options.follows)
    items.push(h("li.note", {}, "The recording was never closed: the loop was killed, or it was still running. All steps that were written are here."));
  if (head.shown < head.count)
    items.push(h("li.note", {}, `Of ${head.count} steps the values of ${head.shown} are in this page, evenly spaced; the losses of all of them are.`));
  if (overlay)
    items.push(h("li.note", {}, app.original ? `${head.title}. ` : "", `The dashed curve is ${overlay.name}. `,
      app.original && link("back to the recorded run", () => app.showChanged(null))));
  const agreeing = head.comparisons.filter((each) => each.agrees).length;
  if (agreeing) items.push(h("li.good", {}, `${agreeing} comparisons with independent computations agree.`));
  return items;
}
