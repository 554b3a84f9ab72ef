/** Predict mode: what an event makes stays hidden until the person has said what it will be. */

import { h } from "./dom.js";
import { exact } from "./numbers.js";
import { nameOf } from "./queries.js";
import { placeIn } from "./tile.js";

/** What an answer may be off: 2 % of the number, or half of the last digit that was typed, whichever is more. */
export const SHARE = 0.02;

/** The question about an event: one entry of what it makes; null if it makes no number. */
export function questionOf(recording, step, event) {
  if (!event || ["state", "error", "read", "call"].includes(event.kind) || event.look) return null;
  const program = step.program;
  const made = event.kind === "backward" ? event.node.out.map(([name, ...reference]) => ({ name, reference }))
    : event.outputs.map((reference) => ({ name: nameOf(program, reference), reference }));
  for (const { name, reference } of made) {
    const array = recording.value(step, reference)?.array;
    if (!array?.length || !Number.isFinite(array[0])) continue;
    const at = (step.number * 7 + event.number * 3 + 1) % array.length; // another entry now and then, the same for all
    if (!Number.isFinite(array[at])) continue;
    const slot = program.slots[reference[0]];
    const label = event.kind === "accumulate" ? `${nameOf(program, event.inputs[0])}.grad` : name;
    return { name: `${label}${placeIn(slot.shape, at)}`, value: array[at], dtype: slot.dtype };
  }
  return null;
}

/** Whether a typed number or a sign is right. @returns {boolean | null} null if it is no number */
export function judge(answer, value) {
  const text = answer.trim().replace(/−/g, "-").replace(",", ".");
  if (text === "+") return value > 0;
  if (text === "-") return value < 0;
  if (!text || Number.isNaN(Number(text))) return null;
  const [, decimals = ""] = /\.(\d*)/.exec(text) ?? [];
  const exponent = Number((/e([+-]?\d+)$/i.exec(text) ?? [])[1] ?? 0);
  const half = 0.5 * 10 ** (exponent - decimals.length);
  // Half a digit counts only where digits were typed; a bare "0" means zero, not anything below a half.
  const typed = decimals.length ? half : 0;
  return Math.abs(Number(text) - value) <= Math.max(SHARE * Math.abs(value), typed) + 1e-12 * Math.abs(value);
}

export function predictPanel(app, place) {
  const score = { right: 0, asked: 0 };
  let key = "";

  function answered(question, text) {
    const right = judge(text, question.value);
    if (right === null) {
      place.querySelector(".verdict").textContent = "Type a number, such as 0.25, or choose a sign.";
      return;
    }
    score.asked++;
    if (right) score.right++;
    app.reveal({ ...question, right, text });
  }

  return {
    score,
    /** Answer with a sign, as the number keys do. */
    sign(sign) {
      const question = app.predict && app.hidden ? questionOf(app.recording, app.step, app.event) : null;
      if (question) answered(question, sign);
    },
    update() {
      const now = `${app.predict} ${app.index} ${app.at} ${app.hidden} ${score.asked}`;
      if (now === key) return;
      key = now;
      place.hidden = !app.predict;
      if (!app.predict) return place.replaceChildren();
      const question = questionOf(app.recording, app.step, app.event);
      const tally = h("span.tally", {}, score.asked ? `${score.right} of ${score.asked} right` : "");
      if (!question) return place.replaceChildren(h("p", {}, "Nothing to predict here: go on to the next event. ", tally));
      if (!app.hidden) {
        const last = app.answer;
        const verdict = !last ? `${question.name} = ` : last.right ? "Right: " : "Not quite: ";
        return place.replaceChildren(h(`p.verdict${last ? (last.right ? ".right" : ".wrong") : ""}`, { role: "status" },
          verdict, last ? `${question.name} = ` : "", h("b", {}, exact(question.value, question.dtype)),
          last && !last.right ? `, you said ${last.text}` : "", ". ", tally));
      }
      const input = h("input", { type: "text", inputMode: "text", autocomplete: "off", "aria-label": `Your prediction for ${question.name}` });
      const form = h("form", {
        onsubmit: (event) => { event.preventDefault(); answered(question, input.value); },
      }, h("label", {}, "What is ", h("b", {}, question.name), " after this event? ", input),
      h("button.text", { type: "submit" }, "check"),
      h("span.signs", {}, ...[["−", "-"], ["0", "0"], ["+", "+"]].map(([sign, text], at) =>
        h("button.text", { type: "button", title: `(${at + 1})`, "aria-label": `${sign} ${["negative", "zero", "positive"][at]}`, onclick: () => answered(question, text) }, sign))),
      h("button.text.quiet", { type: "button", onclick: () => app.reveal(null) }, "show me"));
      place.replaceChildren(form, h("p.verdict", { role: "status" }, tally));
    },
  };
}
