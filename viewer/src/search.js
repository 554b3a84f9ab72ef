/** Finding moments: by what changed, by what is not finite, by a bound for the loss, by a name. */

import { h } from "./dom.js";
import { change, firstNonfinite, lossBelow, matching, nearestStep } from "./queries.js";
import { stepName } from "./event.js";

/**
 * What a person may mean by a text: choices with what they lead to.
 * @returns {{title: string, find: () => {index: number, event: number} | null}[]}
 */
export function choices(app, text) {
  const { recording, index, at } = app;
  const wanted = text.trim();
  const found = [];
  const step = /^(?:step\s*)?(-?\d+)$/i.exec(wanted);
  if (step) found.push({ title: `go to step ${step[1]}`, find: () => ({ index: nearestStep(recording, Number(step[1])), event: 0 }) });
  const bound = /^loss\s*<\s*([\d.eE+-]+)$/.exec(wanted);
  if (bound) found.push({ title: `first step with a loss below ${bound[1]}`, find: () => {
    const there = lossBelow(recording, Number(bound[1]));
    return there === null ? null : { index: there, event: 0 };
  } });
  const names = recording.head.parameters.flatMap((name) => [name, `${name}.grad`]);
  const lower = wanted.toLowerCase();
  for (const name of names.filter((each) => each.toLowerCase().includes(lower)).slice(0, wanted ? 8 : 4)) {
    found.push({ title: `${name}: changed last before here`, find: () => change(recording, name, index, at, -1) });
    found.push({ title: `${name}: changes next`, find: () => change(recording, name, index, at, 1) });
  }
  if (!wanted || "first number that is not finite nan inf infinity".includes(lower))
    found.push({ title: "first number that is not finite (NaN or ∞)", find: () => firstNonfinite(recording) });
  if (wanted)
    for (const event of matching(app.program, wanted, 12))
      found.push({ title: `event ${event.number}: ${event.node?.name ?? (event.part || event.name)}`, find: () => ({ index, event: event.number }) });
  return found;
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
