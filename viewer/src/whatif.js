/** What if: other numbers for the loop, which then runs again where PyTorch is: in the notebook, or at the server. */

import { h } from "./dom.js";
import { waitFor } from "./waiting.js";

/** A typed value: a number, or a tensor as nested lists; undefined if it is as it was. */
export function typed(text, before) {
  const plain = text.trim().replace(/−/g, "-");
  if (!plain || plain === JSON.stringify(before)) return undefined;
  let value;
  try { value = JSON.parse(plain); } catch { value = Number(plain); }
  const numbers = [value].flat(Infinity);
  if (!numbers.length || !numbers.every((each) => typeof each === "number" && Number.isFinite(each)))
    throw new Error(`${text.slice(0, 40)} is no number and no [[list], [of lists]] of numbers`);
  return value;
}

/** @param {{form: () => Promise<any>, run: (request: object) => Promise<Uint8Array>}} host */
export function whatifDialog(app, host) {
  const fields = h("div.fields", {});
  const said = h("p.answer", { role: "status" });
  const go = h("button.text", { type: "submit" }, "run again");
  const form = h("form", { onsubmit: (event) => { event.preventDefault(); run(); } }, fields, said,
    h("div.row", {}, h("button.text", { type: "button", onclick: () => dialog.close() }, "close"), go));
  const dialog = h("dialog.whatif", { "aria-label": "What if?" }, h("h2", {}, "What if?"), form);
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  let inputs = null, length = null;

  const field = (label, input) => h("label", {}, h("span", {}, label), input);

  async function open() {
    dialog.showModal();
    if (inputs) return;
    try {
      const { constants, tensors, steps } = await host.form();
      inputs = [...constants.map(({ name, value }) => ({ name, value, input: h("input", { type: "text", value: JSON.stringify(value) }) })),
        ...tensors.map(({ name, value }) => ({ name, value, input: h("textarea", { rows: 2, value: JSON.stringify(value) }) }))];
      length = h("input", { type: "number", min: 1, max: 100000, placeholder: String(steps) });
      fields.replaceChildren(...inputs.map(({ name, input }) => field(name, input)), field("steps", length));
      if (!inputs.length) said.textContent = "The first step has no named number that could be another.";
    } catch (error) { said.textContent = error.message; }
  }

  async function run() {
    go.disabled = true;
    said.textContent = "The loop runs again …";
    try {
      const changes = {};
      for (const { name, value, input } of inputs) {
        const now = typed(input.value, value);
        if (now !== undefined) changes[name] = now;
      }
      const steps = length.value ? Number(length.value) : null;
      const bytes = await waitFor(said, host.run({ changes, steps }));
      said.textContent = "";
      dialog.close();
      app.showChanged(bytes);
    } catch (error) { said.textContent = error.message; }
    go.disabled = false;
  }

  return { element: dialog, open };
}
