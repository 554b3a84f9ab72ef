/** Sweeps: what other numbers would have done, as a map whose places open as recordings. */

import { chart } from "./chart.js";
import { h, say } from "./dom.js";
import { asked, command, countsOf, finer } from "./map.js";
import { waitFor } from "./waiting.js";

const COUNT = 30, SEEDS = 20;
/** The first ranges reach so many times below and above what was recorded. */
const REACH = 100;

/**
 * @param {import("./app.js").Viewer} app
 * @param {{form: () => Promise<any>, sweep: (request: object) => Promise<any>, run: (request: object) => Promise<Uint8Array>,
 *   ways: import("./waiting.js").Ways} | null} host where sweeps can be run; null in a page alone
 * @param {import("./map.js").SweepMap | null} given a map that the page came with
 */
export function sweepDialog(app, host, given) {
  const file = app.recording.head.title || "train.retro";
  const form = h("form.ranges", { onsubmit: (event) => { event.preventDefault(); ask(); } });
  const said = h("p.answer", { role: "status" });
  const place = h("div.drawing");
  const dialog = h("dialog.sweep", { "aria-label": "Sweep" }, h("h2", {}, "Sweep: what other numbers would have done"), form, said, place,
    h("form", { method: "dialog" }, h("button.text", {}, "close")));
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  /** The maps that a finer one was made of. */
  const wider = [];
  let shown = null;
  let fields = null;
  let busy = false;

  async function open() {
    dialog.showModal();
    if (given && !shown) draw(given);
    if (!host || fields) return;
    try { offer(await waitFor(said, host.form())); } catch (error) { say(said, error.message); }
  }

  function offer({ numbers, seeds, max_steps }) {
    if (!numbers.length && !seeds) return say(said, "This loop has no named number and draws no start, so there is nothing to sweep.");
    const names = [...numbers.map(({ name }) => name), ...(seeds ? ["seed"] : [])];
    fields = { across: axisFields("across", names, numbers, names[0]), up: axisFields("up", ["", ...names], numbers, seeds && names[0] !== "seed" ? "seed" : ""),
      until: h("input", { type: "text", inputMode: "decimal", placeholder: "as the loop", "aria-label": "Until the loss is at most" }),
      steps: h("input", { type: "number", min: 1, value: max_steps ?? "", placeholder: "as the loop", "aria-label": "At most so many steps" }) };
    form.replaceChildren(fields.across.element, fields.up.element,
      h("div.row", {}, h("label", {}, "until the loss is ", fields.until), h("label", {}, "or after ", fields.steps, " steps"), h("button.text.go", { type: "submit" }, "sweep")));
  }

  async function ask() {
    try {
      const request = { numbers: {}, seeds: null, until: number(fields.until), max_steps: number(fields.steps) };
      for (const axis of [fields.across, fields.up]) axis.into(request);
      wider.length = 0;
      await sweep(request);
    } catch (error) { say(said, error.message); }
  }

  async function sweep(request) {
    if (busy) return;
    busy = true;
    say(said, "The loop runs with each of these numbers …");
    try {
      const map = await waitFor(said, host.sweep(request), host.ways);
      map.request = request;
      say(said, "");
      draw(map);
    } catch (error) { say(said, error.message); }
    busy = false;
  }

  function draw(map) {
    shown = map;
    const text = h("pre.command", { tabIndex: 0, role: "region", "aria-label": "The command for it", hidden: true });
    const show = (words) => { text.hidden = false; say(text, words); };
    const closer = h("button.text", { type: "button", hidden: true, onclick: () => zoom() }, "finer sweep of this region");
    const back = h("button.text", { type: "button", hidden: !wider.length, onclick: () => draw(wider.pop()) }, "back to the wider map");
    const picture = chart(map, {
      open(here) { if (host) run(here); else show(command(file, asked(map), map, here)); },
      choose() { closer.hidden = !picture.region; },
    });
    const zoom = () => {
      const [one, other] = picture.region;
      const wanted = finer(map, one, other);
      if (!host) return show(command(file, wanted, map));
      wider.push(map);
      sweep({ ...wanted, until: map.until, max_steps: map.max_steps });
    };
    const run = async ({ column, row }) => {
      if (busy) return;
      busy = true;
      say(said, "This run is made again, with everything in it …");
      try {
        const bytes = await waitFor(said, host.run({ sweep: map.number, column, row }));
        say(said, "");
        dialog.close();
        app.showChanged(bytes);
      } catch (error) { say(said, error.message); }
      busy = false;
    };
    const legend = h("ul.legend", {}, ...countsOf(map).map(([word, colour, count]) => {
      const patch = h("span.patch");
      patch.style.background = colour;
      return h("li", {}, patch, `${word} `, h("span.count", {}, String(count)));
    }), picture.limited && h("li", { title: "Near a minimum, rates below it settle" }, h("span.dashes"), "2/λmax at the start"));
    const hint = h("p.aside", {}, host ? "Click a place to open its run as a recording; drag over a region to sweep it more finely."
      : "Click a place for the command that opens its run; drag over a region for the command that sweeps it more finely.");
    place.replaceChildren(h("div.mapped", {}, picture.element, legend), picture.said, h("div.row", {}, back, closer), text, hint);
    picture.field.focus();
  }

  return { element: dialog, open };
}

/** An empty field is null. */
function number(input) {
  if (!input.value.trim()) return null;
  if (!Number.isFinite(Number(input.value))) throw new Error(`${input.value.slice(0, 40)} is no number`);
  return Number(input.value);
}

/** What stands along one side of the map: a name and its range; of seeds, how many. */
function axisFields(side, names, numbers, first) {
  const select = h("select", { "aria-label": `Number ${side}`, onchange: () => fill() }, ...names.map((name) => h("option", { value: name }, name || "nothing else")));
  select.value = first;
  const input = (label) => h("input", { type: "text", inputMode: "decimal", "aria-label": `${label}, ${side}` });
  const [from, to, count] = [input("From"), input("To"), input("How many values")];
  const range = h("span.range", {}, "from ", from, " to ", to);
  const rest = h("span.range", {}, " in ", count, " values");
  function fill() {
    const value = Math.abs(numbers.find(({ name }) => name === select.value)?.value ?? 0);
    range.hidden = select.value === "seed" || !select.value;
    rest.hidden = !select.value;
    const short = (each) => String(Number(each.toPrecision(3)));
    [from.value, to.value] = value ? [short(value / REACH), short(value * REACH)] : ["0.001", "1"];
    count.value = String(select.value === "seed" ? SEEDS : COUNT);
  }
  fill();
  return {
    element: h("div.row", {}, h("label", {}, `${side} `, select), range, rest),
    into(request) {
      const name = select.value;
      if (name === "seed") request.seeds = count.value.trim();
      else if (name && name in request.numbers) throw new Error(`${name} cannot stand on both sides`);
      else if (name) request.numbers[name] = `${from.value.trim()}:${to.value.trim()}:${count.value.trim()}`;
    },
  };
}
