/** The viewer's state: a recording, one cursor in it, and the panels that show what is there. */

import { link, locate } from "./address.js";
import { barPanel } from "./bar.js";
import { codePanel } from "./code.js";
import { Recording } from "./data.js";
import { h, say } from "./dom.js";
import { entriesDialog } from "./entries.js";
import { eventPanel, sentence } from "./event.js";
import { graphPanel } from "./graph.js";
import { helpDialog } from "./keys.js";
import { listen } from "./listening.js";
import { beyond } from "./moves.js";
import { predictPanel, questionOf } from "./predict.js";
import { change, nearestStep, sourceOf } from "./queries.js";
import { remarksOf } from "./remarks.js";
import { searchDialog } from "./search.js";
import { restore, stateOf } from "./state.js";
import style from "./style.css";
import { sweepDialog } from "./sweep.js";
import { tensorPanel } from "./tensors.js";
import { timePanel } from "./timeline.js";
import { whatifDialog } from "./whatif.js";

export class Viewer {
  /** @param {HTMLElement} element @param {Uint8Array} bytes @param {object} options those of `mount` */
  constructor(element, bytes, options) {
    this.bytes = bytes;
    this.recording = new Recording(bytes);
    this.options = options;
    this.index = Math.max(this.recording.steps.findIndex((step) => step.number === 0), 0);
    this.at = 0;
    this.moved = true;
    this.predict = false;
    this.revealed = new Set();
    this.answer = null;
    this.made = new Set();
    this.later = [];
    this.timer = null;
    /** Whether a pointer is down. */
    this.held = false;
    /** The timer after which the address follows. */
    this.linking = 0;
    /** Whether the recording still grows, as the server says. */
    this.grows = false;
    /** The bytes of the recording while a changed run is shown in its place. @type {Uint8Array | null} */
    this.original = null;
    // What stays when all else is built anew.
    this.live = h("div.live", { role: "status", "aria-live": "polite" });
    this.growth = h("span.growth", { role: "status" });
    this.sweep = null;
    this.host = element;
    Object.assign(element, { retrograd: this });
    this.build(element);
    locate(this);
    this.update();
    this.time.draw();
    if (this.step) this.time.update();
  }

  get step() { return this.recording.steps[this.index]; }
  get program() { return this.step?.program ?? null; }
  get event() { return this.program?.events[this.at] ?? null; }
  get presents() { return this.root.classList.contains("presenting"); }
  get hidden() { return this.predict && !this.revealed.has(`${this.step?.number} ${this.at}`); }

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

  /** The next event in a direction, or the next line or phase. */
  turn(direction, unlike) {
    if (!this.step) return;
    const there = beyond(this.recording, this, direction, unlike);
    if (there) this.go(there.index, there.at);
  }

  /** Go on by itself, event by event or step by step, until it is told to stop or all has been shown. */
  play(on = !this.timer, by = "event") {
    clearInterval(this.timer);
    this.timer = on ? setInterval(() => {
      const before = `${this.index} ${this.at}`;
      if (by === "step") this.go(this.index + 1, this.at); else this.turn(1);
      // The end of a growing recording is not the end.
      if (before === `${this.index} ${this.at}` && !this.grows) this.play(false);
    }, by === "step" ? 250 : 900) : null;
    this.bar.update();
  }

  /** Listen to nothing any more: the place where this was shown is gone. */
  leave() {
    this.ended.abort();
    this.play(false);
  }

  /** Show other bytes in this one's place: the recording has grown, or ran again with changes. All else stays. */
  replace(bytes) {
    const state = stateOf(this);
    this.ended.abort();
    this.bytes = bytes;
    this.recording = new Recording(bytes);
    this.index = Math.max(this.recording.steps.findIndex((step) => step.number === 0), 0);
    this.build(this.host);
    restore(this, state);
  }

  /** Show what a run with changes gave, or with null the recording again. */
  showChanged(bytes) {
    this.original ??= this.bytes;
    if (!bytes) { bytes = this.original; this.original = null; }
    this.revealed = new Set();
    this.replace(bytes);
  }

  // ------------------------------------------------------------ what panels ask

  /** Whether a value is what the current event makes, and must not be seen yet. A gradient that goes on unchanged is known by its place alone. */
  isHidden(reference, made = this.made.has(reference[1])) {
    return this.hidden && made && questionOf(this.recording, this.step, this.event) !== null;
  }

  /** A value as text, in a way of writing; a hidden one as a question mark. */
  text(step, reference, write, made) {
    return this.isHidden(reference, made) ? "?" : write(this.recording.value(step, reference));
  }

  findingsAt(step, event) {
    return this.recording.head.findings.filter((finding) => finding.step === step.number && finding.event === event.number);
  }

  comparisonsAt(step, event) {
    return this.recording.compared.get(`${step.number} ${event.number}`) ?? [];
  }

  announce(text) { say(this.live, text); }

  get dialogIsOpen() { return [this.search.element, this.help, this.entries.element, this.whatif?.element, this.sweep?.element].some((dialog) => dialog?.open); }

  /** Whether the person is in the middle of something that a rebuilt page would interrupt. */
  get busy() {
    const active = this.host.shadowRoot.activeElement;
    return this.dialogIsOpen || this.held || /^(INPUT|TEXTAREA)$/.test(active?.tagName ?? "") || Boolean(String(getSelection()));
  }

  // ------------------------------------------------------------ predicting

  setPredict(on) {
    this.predict = on;
    this.answer = null;
    this.root.classList.toggle("predicting", on);
    this.update();
  }

  reveal(answer) {
    this.revealed.add(`${this.step.number} ${this.at}`);
    this.answer = answer;
    this.update();
  }

  present(on) {
    this.root.classList.toggle("presenting", on);
    this.time.draw();
    this.only(on ? this.root.dataset.only : null);
  }

  /** Show one pane large. */
  only(pane) {
    this.root.dataset.only = pane ?? "";
    this.moved = true; // all is of another size: show again where the cursor is
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
    this.bar.update();
    if (!step) return;
    this.made = new Set(event ? [...event.outputs, ...(event.node?.out ?? []).map(([, ...reference]) => reference)]
      .filter((reference) => !event.inputs.some((input) => input[1] === reference[1]) || event.kind === "accumulate")
      .map(([, buffer]) => buffer) : []);
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
    link(this);
  }

  build(element) {
    /** Ends what listens beyond the elements that are built here. */
    this.ended = new AbortController();
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
    this.entries = entriesDialog(this);
    this.predictor = predictPanel(this, this.eventPane.question);
    this.help = helpDialog();
    this.whatif = this.options.whatif ? whatifDialog(this, this.options.whatif) : null;
    const { head } = this.recording;
    // It stays as it is when one of its runs is shown in the recording's place.
    if (this.options.sweep || head.sweep) this.sweep ??= sweepDialog(this, this.options.sweep ?? null, head.sweep ?? null);
    this.bar = barPanel(this);
    this.root = h("div.rg", { role: "group", "aria-label": "Recording of a training loop", tabIndex: this.options.whole ? -1 : 0 },
      this.bar.element,
      this.time.element, remarksOf(this), h("div.panes", {}, this.code.element, this.graph.element, this.eventPane.element, this.tensors.element),
      h("footer.readout", { "aria-hidden": "true" }), this.live, this.search.element, this.entries.element, this.help, this.whatif?.element, this.sweep?.element);
    this.root.classList.toggle("whole", Boolean(this.options.whole));
    shadow.replaceChildren(this.root);
    listen(this);
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
