/** The viewer: one cursor in time, and panels that show what is there. `mount` puts it into a page, `render` into a notebook. */

import { codePanel } from "./code.js";
import { fromBase64, inflate, Recording } from "./data.js";
import { button, h, say } from "./dom.js";
import { eventPanel, sentence, stepName } from "./event.js";
import { graphPanel } from "./graph.js";
import { number } from "./numbers.js";
import { predictPanel, questionOf } from "./predict.js";
import { searchDialog } from "./search.js";
import { change, nearestStep, sourceOf } from "./queries.js";
import { tensorPanel } from "./tensors.js";
import { timePanel } from "./timeline.js";
import { whatifDialog } from "./whatif.js";
import style from "./style.css";

const KEYS = [
  ["← →", "event back, forth"], ["↑ ↓", "line back, forth"], ["Shift ← →", "phase back, forth"],
  ["PageUp PageDown  or  [ ]", "step back, forth (same event)"], ["Home End", "first, last step"], ["Space", "play, pause"],
  ["/", "find a moment"], ["W", "to the event that wrote this"], ["C", "to the last change of what changed here"],
  ["I", "what if? (in a notebook, or with retrograd view)"], ["P", "predict mode; 1 2 3 answer −, 0, +"], ["F", "presenter: 1 code, 2 graph, 3 event, 4 tensors, 0 all"],
  ["L", "logarithmic loss"], ["+ −", "zoom the loss"], ["G", "fit the graph, or full size"], ["U", "up from a folded part"],
  ["T", "light, dark, as the system"], ["Esc", "leave a mode"], ["?", "this help"],
];
const PANES = ["code", "graph", "event", "tensors"];

/**
 * Show a recording.
 * @param {HTMLElement} element where
 * @param {Uint8Array} bytes what views/data.py wrote, unpacked
 * @param {{links?: boolean, whole?: boolean, onmove?: (step: number, event: number) => void, whatif?: Function}} options
 *   links: keep the cursor in the address; whole: the page is all ours, keys work everywhere
 */
export function mount(element, bytes, options = {}) {
  const viewer = new Viewer(element, new Recording(bytes), options);
  viewer.bytes = bytes;
  element.retrograd = viewer;
  return viewer;
}

/** The same, from what a page holds: base64 of zlib. */
export const mountPacked = async (element, text, options) => mount(element, await inflate(fromBase64(text)), options);

/**
 * Show what a local server has, follow it while it grows, and let it run the loop again with changes.
 * @param {string} base the server's address for this recording
 */
export async function mountLive(element, base) {
  const ask = async (what, request) => {
    const response = await fetch(base + what, request && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request) });
    if (!response.ok) throw new Error((await response.json().catch(() => null))?.error ?? `the server answered ${response.status}`);
    return response;
  };
  const data = async () => inflate(new Uint8Array(await (await ask("data")).arrayBuffer()));
  let known = await (await ask("state")).text();
  const viewer = mount(element, await data(), {
    links: true, whole: true,
    whatif: {
      form: async () => (await ask("form")).json(),
      run: async (request) => inflate(new Uint8Array(await (await ask("whatif", request)).arrayBuffer())),
    },
  });
  const follow = async () => {
    try {
      const now = await (await ask("state")).text();
      if (now !== known && !viewer.original) {
        viewer.replace(await data());
        known = now;
      }
      viewer.root.classList.remove("alone");
    } catch { viewer.root.classList.add("alone"); }
    // The recording of a loop that has ended does not grow any more.
    if (!viewer.root.classList.contains("alone") && JSON.parse(known).closed) return;
    setTimeout(follow, 1000);
  };
  setTimeout(follow, 1000);
  return viewer;
}

/** The viewer in a notebook, as anywidget calls it. */
async function render({ model, el }) {
  const packed = model.get("_data");
  const bytes = await inflate(new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength));
  const waiting = new Map();
  let count = 0;
  const host = h("div", {});
  // JupyterLab's own keys stay out of it.
  host.dataset.lmSuppressShortcuts = "true";
  el.replaceChildren(host);
  const viewer = mount(host, bytes, {
    onmove(step, event) {
      model.set("step", step);
      model.set("event", event);
      model.save_changes();
    },
    whatif: {
      form: async () => model.get("_form"),
      run: (request) => new Promise((resolve, reject) => {
        waiting.set(++count, { resolve, reject });
        model.send({ kind: "whatif", id: count, request });
      }),
    },
  });
  viewer.root.style.height = `${model.get("height")}px`;
  const moved = () => {
    const [step, event] = [model.get("step"), model.get("event")];
    if (step !== viewer.step?.number || event !== viewer.at) viewer.goStep(step, event, { quiet: true });
  };
  const answered = async (message, buffers) => {
    if (message?.kind !== "answer" || !waiting.has(message.id)) return;
    const { resolve, reject } = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error) return reject(new Error(message.error));
    const part = buffers[0];
    resolve(inflate(part instanceof DataView ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength) : new Uint8Array(part)));
  };
  model.on("change:step", moved);
  model.on("change:event", moved);
  model.on("msg:custom", answered);
  if (model.get("step") || model.get("event")) moved();
  return () => {
    model.off("change:step", moved);
    model.off("change:event", moved);
    model.off("msg:custom", answered);
    viewer.leave();
  };
}

export default { render };

class Viewer {
  constructor(element, recording, options) {
    this.recording = recording;
    this.options = options;
    this.index = Math.max(recording.steps.findIndex((step) => step.number === 0), 0);
    this.at = 0;
    this.moved = true;
    this.predict = false;
    this.revealed = new Set();
    this.answer = null;
    this.made = new Set();
    this.later = [];
    this.host = element;
    this.build(element);
    this.locate();
    this.update();
    this.time.draw();
    if (this.step) this.time.update();
  }

  get step() { return this.recording.steps[this.index]; }
  get program() { return this.step?.program ?? null; }
  get event() { return this.program?.events[this.at] ?? null; }
  get hidden() { return this.predict && !this.revealed.has(`${this.index} ${this.at}`); }

  // ------------------------------------------------------------ moving

  /** Move the cursor. */
  go(index, event, { quiet = false } = {}) {
    const steps = this.recording.steps;
    if (!steps.length) return;
    this.index = Math.min(Math.max(index, 0), steps.length - 1);
    this.at = Math.min(Math.max(event, 0), Math.max((this.program?.events.length ?? 1) - 1, 0));
    this.moved = true;
    this.answer = null;
    this.update();
    if (!quiet) this.options.onmove?.(this.step.number, this.at);
  }

  /** Move to a step by its number; to the same event if none is given. */
  goStep(numberOfStep, event = this.at, options) { this.go(nearestStep(this.recording, numberOfStep), event, options); }

  goLine(file, line) {
    const lines = this.recording.head.lines;
    const there = (event) => event.line !== null && lines[event.line][0] === file && lines[event.line][1] === line;
    const events = this.program?.events ?? [];
    const next = events.find((event) => event.number > this.at && there(event)) ?? events.find(there);
    if (next) this.go(this.index, next.number);
  }

  /** The next event in a direction; over the edge of a step into the next one. */
  turn(direction, unlike) {
    const key = (event) => (unlike === "line" ? event?.line : unlike === "phase" ? event?.phase : event?.number);
    let { index, at } = this;
    const here = key(this.event);
    for (;;) {
      at += direction;
      const events = this.recording.steps[index].program?.events ?? [];
      if (at < 0 || at >= events.length) {
        index += direction;
        if (index < 0 || index >= this.recording.steps.length) return;
        const length = this.recording.steps[index].program?.events.length ?? 0;
        at = direction > 0 ? 0 : Math.max(length - 1, 0);
        break;
      }
      if (!unlike || key(events[at]) !== here) break;
    }
    // Going back by line or phase, begin where it begins.
    const events = this.recording.steps[index].program?.events ?? [];
    if (unlike && direction < 0) while (at > 0 && key(events[at - 1]) === key(events[at])) at--;
    this.go(index, at);
  }

  play(on = !this.timer) {
    clearInterval(this.timer);
    this.timer = on ? setInterval(() => {
      const before = `${this.index} ${this.at}`;
      if (this.pace === "step") this.go(this.index + 1, this.at); else this.turn(1);
      if (before === `${this.index} ${this.at}`) this.play(false);
    }, this.pace === "step" ? 90 : 900) : null;
    this.playing?.setAttribute("aria-pressed", String(Boolean(on)));
  }

  /** Show other bytes in this one's place: the recording has grown, or ran again with changes. */
  replace(bytes) {
    const before = { number: this.step?.number ?? 0, at: this.at, last: this.index === this.recording.steps.length - 1, count: this.recording.steps.length };
    const { theme, only } = this.root.dataset;
    const classes = this.root.className;
    const style = this.root.getAttribute("style");
    this.leave();
    this.recording = new Recording(bytes);
    this.revealed = new Set();
    this.index = Math.max(this.recording.steps.findIndex((step) => step.number === 0), 0);
    this.build(this.host);
    this.root.className = classes;
    if (style) this.root.setAttribute("style", style);
    if (theme) this.root.dataset.theme = theme;
    if (only) this.root.dataset.only = only;
    this.predictTool.setAttribute("aria-pressed", String(this.predict));
    if (!this.step) return this.update();
    // Who looks at the last step of a growing recording looks at the last step.
    if (before.last && before.count > 1) this.go(this.recording.steps.length - 1, before.at, { quiet: true });
    else this.goStep(before.number, before.at, { quiet: true });
    this.time.draw();
    this.time.update();
  }

  /** Show what a run with changes gave, or with null the recording again. */
  showChanged(bytes) {
    this.original ??= this.bytes;
    if (!bytes) { bytes = this.original; this.original = null; }
    this.bytes = bytes;
    this.replace(bytes);
  }

  // ------------------------------------------------------------ what panels ask

  /** Whether a value is what the current event makes, and must not be seen yet. */
  isHidden(reference) {
    return this.hidden && this.made.has(reference[1]) && questionOf(this.recording, this.step, this.event) !== null;
  }

  /** A value as text, in a way of writing; a hidden one as a question mark. */
  text(step, reference, write) {
    return this.isHidden(reference) ? "?" : write(this.recording.value(step, reference));
  }

  findingsAt(step, event) {
    return this.recording.head.findings.filter((finding) => finding.step === step.number && finding.event === event.number);
  }

  comparisonsAt(step, event) {
    return this.recording.compared.get(`${step.number} ${event.number}`) ?? [];
  }

  /** What stands on the timeline: findings, disagreeing comparisons, notes. */
  marks() {
    const { findings, comparisons, notes } = this.recording.head;
    return [
      ...findings.filter((each) => each.step != null).map((each) => ({ step: each.step, event: each.event, title: `${each.name}: ${each.fact ?? ""}`, kind: each.severity === "error" ? "error" : "warning" })),
      ...comparisons.filter((each) => !each.agrees).map((each) => ({ step: each.step, event: each.event, title: `${each.what} disagrees`, kind: "error" })),
      ...notes.filter((each) => each.step != null && each.kind === "error").map((each) => ({ step: each.step, event: Infinity, title: each.text, kind: "error" })),
    ];
  }

  announce(text) { say(this.live, text); }

  // ------------------------------------------------------------ predicting

  setPredict(on) {
    this.predict = on;
    this.answer = null;
    this.predictTool.setAttribute("aria-pressed", String(on));
    this.root.classList.toggle("predicting", on);
    this.update();
  }

  reveal(answer) {
    this.revealed.add(`${this.index} ${this.at}`);
    this.answer = answer;
    this.update();
  }

  present(on) {
    this.root.classList.toggle("presenting", on);
    this.presentTool.setAttribute("aria-pressed", String(on));
    if (!on) this.only(null);
    this.time.draw();
    this.update();
  }

  /** Show one pane large. */
  only(pane) {
    this.root.dataset.only = pane ?? "";
    this.update();
  }

  theme() {
    const next = { "": "dark", dark: "light", light: "" }[this.root.dataset.theme ?? ""];
    this.root.dataset.theme = next;
    for (const tile of this.root.querySelectorAll(".tile")) tile.tile.key = undefined;
    this.time.draw();
    this.update();
  }

  // ------------------------------------------------------------ drawing

  update() {
    const { step, event } = this;
    if (!step) { say(this.where, "This recording holds no step."); return; }
    this.made = new Set(event ? [...event.outputs, ...(event.node?.out ?? []).map(([, ...reference]) => reference)]
      .filter((reference) => !event.inputs.some((input) => input[1] === reference[1]) || event.kind === "accumulate")
      .map(([, buffer]) => buffer) : []);
    const count = this.recording.head.count;
    say(this.where, step.number >= 0 && step.number < count ? `step ${step.number} of ${count}` : stepName(this.recording, step));
    say(this.which, event ? `event ${this.at} of ${this.program.events.length}` : "");
    this.time.update();
    this.code.update();
    this.graph.update();
    this.eventPane.update();
    this.tensors.update();
    this.predictor.update();
    if (event) this.announce(this.hidden && questionOf(this.recording, step, event) ? `event ${this.at}: ${event.part || event.name}. What will it be?` : sentence(this, step, event));
    // Asking where something stands makes the browser lay everything out, so it is asked once, when all is drawn.
    for (const action of this.later.splice(0)) action();
    this.moved = false;
    this.link();
  }

  /** Keep the cursor in the address, so that it can be sent to others; not at every turn while a key is held. */
  link() {
    if (!this.options.links) return;
    clearTimeout(this.linking);
    this.linking = setTimeout(() => {
      try { history.replaceState(null, "", `#step=${this.step.number}&event=${this.at}`); } catch { /* a page in a page may not */ }
    }, 150);
  }

  /** Go where the address says. */
  locate() {
    if (!this.options.links) return;
    const wanted = new URLSearchParams(location.hash.slice(1));
    if (wanted.has("step")) this.goStep(Number(wanted.get("step")) || 0, Number(wanted.get("event")) || 0);
  }

  build(element) {
    const shadow = element.shadowRoot ?? element.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    shadow.adoptedStyleSheets = [sheet];
    this.time = timePanel(this);
    this.code = codePanel(this);
    this.graph = graphPanel(this);
    this.eventPane = eventPanel(this);
    this.tensors = tensorPanel(this);
    this.search = searchDialog(this);
    this.predictor = predictPanel(this, this.eventPane.question);
    this.live = h("div.live", { role: "status", "aria-live": "polite" });
    this.where = h("span.where");
    this.which = h("span.which");
    const { head } = this.recording;
    this.help = h("dialog.help", { "aria-label": "Keys" }, h("h2", {}, "Keys"),
      h("dl", {}, ...KEYS.flatMap(([key, what]) => [h("dt", {}, key), h("dd", {}, what)])),
      h("p", {}, "The current value of a tensor stands in its tile: blue is negative, orange positive, and the colour's strength is the size on one scale for the whole recording."),
      h("form", { method: "dialog" }, h("button.text", {}, "close")));
    this.help.addEventListener("click", (event) => { if (event.target === this.help) this.help.close(); });
    this.playing = button("play", "Play", "Space", () => this.play());
    this.predictTool = button("predict", "Predict mode", "P", () => this.setPredict(!this.predict));
    this.presentTool = button("present", "Presenter mode", "F", () => this.present(!this.root.classList.contains("presenting")));
    this.predictTool.setAttribute("aria-pressed", "false");
    const transport = h("div.transport", { role: "toolbar", "aria-label": "Move" },
      button("first", "Step back", "PageUp", () => this.go(this.index - 1, this.at)),
      button("back", "Event back", "←", () => this.turn(-1)), this.playing,
      button("forth", "Event forth", "→", () => this.turn(1)),
      button("last", "Step forth", "PageDown", () => this.go(this.index + 1, this.at)));
    this.whatif = this.options.whatif ? whatifDialog(this, this.options.whatif) : null;
    const tools = h("div.tools", {}, this.whatif && button("branch", "What if?", "I", () => this.whatif.open()),
      button("search", "Find a moment", "/", () => this.search.open()), this.predictTool, this.presentTool,
      button("theme", "Light or dark", "T", () => this.theme()), button("help", "Keys", "?", () => this.help.showModal()));
    this.root = h("div.rg", { role: "group", "aria-label": "Recording of a training loop", tabIndex: this.options.whole ? -1 : 0 },
      h("header.top", {}, h("div.brand", {}, h("h1", {}, "retrograd"), h("span.title", { title: head.title }, head.title || head.facts.script || "")),
        h("div.moment", {}, this.where, this.which), transport, tools),
      this.time.element, this.remarks(), h("div.panes", {}, this.code.element, this.graph.element, this.eventPane.element, this.tensors.element),
      h("footer.readout", { "aria-hidden": "true" }), this.live, this.search.element, this.help, this.whatif?.element);
    this.root.classList.toggle("whole", Boolean(this.options.whole));
    shadow.replaceChildren(this.root);
    this.listen();
  }

  /** What must be known of the recording: errors, what was not seen, findings; alerts first. */
  remarks() {
    const { head } = this.recording;
    const items = [];
    const place = (each) => (each.step == null ? "" : `step ${each.step}`);
    for (const finding of head.findings)
      items.push(h(`li.${finding.severity === "error" ? "error" : "warning"}`, {},
        finding.step == null ? h("b", {}, finding.name) : h("button.link", { type: "button", onclick: () => this.goStep(finding.step, finding.event ?? 0) }, finding.name),
        ` ${finding.fact ?? ""}`, (finding.why || finding.fix) && h("details", {}, h("summary", {}, "why, and what to do"),
          finding.why && h("p", {}, finding.why), finding.fix && h("pre", {}, finding.fix))));
    for (const row of head.comparisons.filter((each) => !each.agrees))
      items.push(h("li.error", {}, h("button.link", { type: "button", onclick: () => this.goStep(row.step, row.event ?? 0) }, `${row.what} disagrees`), ` with what was recomputed, ${place(row)}`));
    for (const note of head.notes)
      items.push(h(`li.${note.kind === "error" ? "error" : "note"}`, {}, note.step == null ? "" : h("button.link", { type: "button", onclick: () => this.goStep(note.step, note.kind === "error" ? Infinity : 0) }, place(note)), ` ${note.text}`));
    if (head.shown < head.count)
      items.push(h("li.note", {}, `Of ${head.count} steps the values of ${head.shown} are in this page, evenly spaced; the losses of all of them are.`));
    if (this.recording.overlay) items.push(h("li.note", {}, this.original ? `${head.title}. ` : "", `The dashed curve is ${this.recording.overlay.name}. `,
      this.original && h("button.link", { type: "button", onclick: () => this.showChanged(null) }, "back to the recorded run")));
    const agreeing = head.comparisons.filter((each) => each.agrees).length;
    if (agreeing) items.push(h("li.good", {}, `${agreeing} comparisons with independent computations agree.`));
    const few = items.length <= 2;
    const list = h("ul", {}, ...items);
    if (!items.length) return h("div.remarks", { hidden: true });
    return few ? h("div.remarks", {}, list) : h("div.remarks", {}, h("details", {}, h("summary", {}, `${items.length} remarks, the first: `, items[0].textContent.slice(0, 120)), list));
  }

  listen() {
    const target = this.options.whole ? document : this.root;
    // In a notebook keys come only to what has the focus: a click into the viewer gives it.
    if (!this.options.whole) this.root.addEventListener("pointerdown", (event) => {
      if (!event.target.closest?.("button, input, summary, [tabindex='0']")) this.root.focus({ preventScroll: true });
    });
    const keys = (event) => this.key(event);
    target.addEventListener("keydown", keys);
    this.leave = () => { target.removeEventListener("keydown", keys); removeEventListener("hashchange", this.onhash); this.play(false); };
    this.onhash = () => this.locate();
    if (this.options.links) addEventListener("hashchange", this.onhash);
    // Before printing, draw at the size that paper has.
    const readout = this.root.querySelector("footer.readout");
    this.root.addEventListener("pointermove", (event) => {
      const tile = event.target.closest?.(".tile")?.tile;
      const text = tile ? tile.entryAt(event.clientX, event.clientY) : "";
      say(readout, text);
      if (text) readout.style.transform = `translate(${Math.min(event.clientX + 14, innerWidth - 260)}px, ${event.clientY + 18}px)`;
      readout.hidden = !text;
    });
  }

  key(event) {
    const origin = event.composedPath()[0];
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (/^(INPUT|TEXTAREA|SELECT)$/.test(origin.tagName) && event.key !== "Escape") return;
    if (this.search.element.open || this.help.open || this.whatif?.element.open) return;
    if ((event.key === " " || event.key === "Enter") && /^(BUTTON|SUMMARY|A)$/.test(origin.tagName)) return;
    const presenting = this.root.classList.contains("presenting");
    const steps = this.recording.steps.length;
    const actions = {
      ArrowRight: () => this.turn(1, event.shiftKey ? "phase" : ""), ArrowLeft: () => this.turn(-1, event.shiftKey ? "phase" : ""),
      ArrowDown: () => this.turn(1, "line"), ArrowUp: () => this.turn(-1, "line"),
      PageDown: () => this.go(this.index + 1, this.at), PageUp: () => this.go(this.index - 1, this.at),
      "]": () => this.go(this.index + 1, this.at), "[": () => this.go(this.index - 1, this.at),
      Home: () => this.go(0, 0), End: () => this.go(steps - 1, Infinity), " ": () => this.play(),
      "/": () => this.search.open(), "?": () => this.help.showModal(),
      p: () => this.setPredict(!this.predict), f: () => this.present(!presenting), l: () => this.time.toggleLog(),
      t: () => this.theme(), i: () => this.whatif?.open(), g: () => this.graph.toggle(), u: () => this.graph.up(), w: () => this.toWriter(), c: () => this.toChange(),
      "+": () => this.time.zoom(this.step.number, 0.5), "=": () => this.time.zoom(this.step.number, 0.5), "-": () => this.time.zoom(this.step.number, 2),
      Escape: () => { if (this.root.dataset.only) this.only(null); else if (presenting) this.present(false); else if (this.predict) this.setPredict(false); },
    };
    let action = actions[event.key] ?? actions[event.key.toLowerCase()];
    if (/^[0-9]$/.test(event.key)) {
      if (this.hidden && "123".includes(event.key)) action = () => this.predictor.sign("-0+"[event.key - 1]);
      else if (presenting) action = () => this.only(PANES[event.key - 1] ?? null);
      else if (event.key === "0") action = () => this.time.all();
    }
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  /** To the event that wrote what this one takes. */
  toWriter() {
    const there = sourceOf(this.recording, this.step, this.event);
    if (there) this.go(there.index, there.event);
  }

  /** To the last change of what this event changes. */
  toChange() {
    const slot = this.program?.slots[this.event?.outputs[0]?.[0]];
    if (!slot?.name) return;
    const there = change(this.recording, slot.name, this.index, this.at, -1);
    if (there) this.go(there.index, there.event);
  }
}

export { Recording, inflate, fromBase64, number };
