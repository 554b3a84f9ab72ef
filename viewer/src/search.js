/** Finding moments: by what changed, by what is not finite, by a bound for the loss, by a name. */

import { h } from "./dom.js";
import { change, firstNonfinite, lossBelow, matching, nearestStep, sourceOf } from "./queries.js";
import { stepName } from "./event.js";

/**
 * What a person may mean by a text: choices with what they lead to.
 * @returns {{title: string, find: () => {index: number, event: number} | null}[]}
 */
export function choices(app, text) {
  const { recording, index, at } = app;
  const wanted = text.trim();
  const lower = wanted.toLowerCase();
  const found = [];
  const offer = (title, find) => found.push({ title, find });
  const names = recording.head.parameters.flatMap((name) => [name, `${name}.grad`]);
  const named = asked(lower, names);
  const changes = (name) => {
    offer(`${name}: changed last before here`, () => change(recording, name, index, at, -1));
    offer(`${name}: changes next`, () => change(recording, name, index, at, 1));
  };
  const step = /^(?:step\s*)?(-?\d+)$/i.exec(wanted);
  if (step) offer(`go to step ${step[1]}`, () => ({ index: nearestStep(recording, Number(step[1])), event: 0 }));
  const bound = /\bloss\s*(?:<|below|under)\s*([\d.eE+-]+)/i.exec(wanted);
  if (bound) offer(`first step with a loss below ${bound[1]}`, () => {
    const there = lossBelow(recording, Number(bound[1]));
    return there === null ? null : { index: there, event: 0 };
  });
  if (named) changes(named);
  else for (const name of names.filter((each) => each.toLowerCase().includes(lower)).slice(0, wanted ? 8 : 4)) changes(name);
  if (!wanted || /\b(which|who|what|where)\b.*\b(wrote|writes|made|from|value)\b/.test(lower))
    offer("the event that wrote what this one takes", () => sourceOf(recording, app.step, app.event));
  if (!wanted || /\b(nan|inf|infinity|infinite|non-?finite|not finite)\b/.test(lower) || "first number that is not finite".includes(lower))
    offer("first number that is not finite (NaN or ∞)", () => firstNonfinite(recording));
  if (wanted)
    for (const event of matching(app.program, wanted, 12))
      offer(`event ${event.number}: ${event.node?.name ?? (event.part || event.name)}`, () => ({ index, event: event.number }));
  return found;
}

/** The name that a question is about ("when did w.grad change last?"): the longest that stands in it by itself. */
function asked(question, names) {
  const words = question.split(/[\s?!,;:"'`]+/);
  if (words.length < 2) return null;
  return names.filter((name) => words.includes(name.toLowerCase())).sort((a, b) => b.length - a.length)[0] ?? null;
}

export function searchDialog(app) {
  const input = h("input", { type: "text", autocomplete: "off", placeholder: "w.grad, loss < 0.1, step 12, backward, NaN …", "aria-label": "Find a moment", role: "combobox", "aria-expanded": "true", "aria-controls": "rg-found" });
  const list = h("ul.found", { id: "rg-found", role: "listbox", "aria-label": "Found" });
  const answer = h("p.answer", { role: "status" });
  const dialog = h("dialog.search", { "aria-label": "Find a moment" }, input, list, answer);
  let offered = [];
  let chosen = 0;

  function offer() {
    offered = choices(app, input.value);
    chosen = 0;
    answer.textContent = offered.length ? "" : "Nothing of that name in this step.";
    list.replaceChildren(...offered.map(({ title }, at) => h("li", { role: "option", id: `rg-found-${at}`, onclick: () => take(at) }, title)));
    mark();
  }
  function mark() {
    [...list.children].forEach((element, at) => element.setAttribute("aria-selected", String(at === chosen)));
    if (offered.length) input.setAttribute("aria-activedescendant", `rg-found-${chosen}`);
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  }
  function take(at) {
    if (!offered[at]) return;
    const there = offered[at].find();
    if (!there) { answer.textContent = "There is no such moment in this recording."; return; }
    dialog.close();
    app.go(there.index, there.event);
    app.announce(`${offered[at].title}: ${stepName(app.recording, app.recording.steps[there.index])}, event ${there.event}`);
  }
  input.addEventListener("input", offer);
  dialog.addEventListener("keydown", (event) => {
    event.stopPropagation();
    const turn = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (turn && offered.length) { chosen = (chosen + turn + offered.length) % offered.length; mark(); event.preventDefault(); }
    if (event.key === "Enter") { take(chosen); event.preventDefault(); }
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  return { element: dialog, open() { input.value = ""; offer(); dialog.showModal(); input.focus(); } };
}
