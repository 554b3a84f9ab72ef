/** The keys, and the page that names them. */

import { h } from "./dom.js";

const KEYS = [
  ["← →", "event back, forth"], ["↑ ↓", "line back, forth"], ["Shift ← →", "phase back, forth"],
  ["PageUp PageDown  or  [ ]", "step back, forth (same event)"], ["Home End", "first, last step"], ["Space", "play, pause; with Shift step by step"],
  ["/", "find a moment"], ["W", "to the event that wrote this"], ["C", "to the last change of what changed here"],
  ["I", "what if? (in a notebook, or with retrograd view)"], ["M", "sweep: a map of what other numbers would have done"], ["P", "predict mode; 1 2 3 answer −, 0, +"], ["F", "presenter: 1 code, 2 graph, 3 event, 4 tensors, 0 all"],
  ["L", "logarithmic loss"], ["+ −", "zoom the loss"], ["G", "fit the graph, or full size"], ["U", "up from a folded part"],
  ["T", "light, dark, as the system"], ["Esc", "leave a mode"], ["?", "this help"],
];
const PANES = ["code", "graph", "event", "tensors"];

export function helpDialog() {
  const dialog = h("dialog.help", { "aria-label": "Keys" },
    // The button comes first: what has the focus is in sight, and the first keys with it.
    h("form", { method: "dialog" }, h("h2", {}, "Keys"), h("button.text", {}, "close")),
    h("dl", {}, ...KEYS.flatMap(([key, what]) => [h("dt", {}, key), h("dd", {}, what)])),
    h("p", {}, "The current value of a tensor stands in its tile: blue is negative, orange positive, and the colour's strength is the size on one scale for the whole recording."));
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  return dialog;
}

/** Do what a key asks for. */
export function pressed(app, event) {
  const origin = event.composedPath()[0];
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (/^(INPUT|TEXTAREA|SELECT)$/.test(origin.tagName) && event.key !== "Escape") return;
  if (app.dialogIsOpen) return;
  if ((event.key === " " || event.key === "Enter") && /^(BUTTON|SUMMARY|A)$/.test(origin.tagName)) return;
  const action = actionOf(app, event);
  if (!action) return;
  event.preventDefault();
  event.stopPropagation();
  action();
}

function actionOf(app, { key, shiftKey }) {
  if (/^[0-9]$/.test(key)) {
    if (app.hidden && "123".includes(key)) return () => app.predictor.sign("-0+"[key - 1]);
    if (app.presents) return () => app.only(PANES[key - 1] ?? null);
    return key === "0" ? () => app.time.all() : null;
  }
  const actions = {
    ArrowRight: () => app.turn(1, shiftKey ? "phase" : ""), ArrowLeft: () => app.turn(-1, shiftKey ? "phase" : ""),
    ArrowDown: () => app.turn(1, "line"), ArrowUp: () => app.turn(-1, "line"),
    PageDown: () => app.go(app.index + 1, app.at), PageUp: () => app.go(app.index - 1, app.at),
    "]": () => app.go(app.index + 1, app.at), "[": () => app.go(app.index - 1, app.at),
    Home: () => app.go(0, 0), End: () => app.go(Infinity, Infinity), " ": () => app.play(undefined, shiftKey ? "step" : "event"),
    "/": () => app.search.open(), "?": () => app.help.showModal(),
    p: () => app.setPredict(!app.predict), f: () => app.present(!app.presents), l: () => app.time.toggleLog(),
    t: () => app.theme(), i: () => app.whatif?.open(), m: () => app.sweep?.open(), g: () => app.graph.toggle(), u: () => app.graph.up(), w: () => app.toWriter(), c: () => app.toChange(),
    "+": () => app.time.zoom(app.step?.number ?? 0, 0.5), "=": () => app.time.zoom(app.step?.number ?? 0, 0.5), "-": () => app.time.zoom(app.step?.number ?? 0, 2),
    Escape: () => { if (app.root.dataset.only) app.only(null); else if (app.presents) app.present(false); else if (app.predict) app.setPredict(false); },
  };
  return actions[key] ?? actions[key.toLowerCase()];
}
