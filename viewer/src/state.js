/** What a person has set up in the viewer, so that other bytes can be shown in the same way. */

const SCROLLED = ".source, .graph .scroll, .tensors .scroll, .pane.event, .figure";

/** @param {import("./app.js").Viewer} app */
export function stateOf(app) {
  const { root, recording, step } = app;
  const shadow = app.host.shadowRoot;
  const active = shadow.activeElement;
  return {
    number: step?.number ?? 0, at: app.at, count: recording.steps.length, last: app.index === recording.steps.length - 1,
    data: { ...root.dataset }, classes: root.className, style: root.getAttribute("style"),
    time: app.time.state, graph: app.graph.state, filter: app.tensors.filter.value, score: { ...app.predictor.score },
    open: [...shadow.querySelectorAll("details")].map((each) => each.open),
    scrolled: [...shadow.querySelectorAll(SCROLLED)].map((each) => [each.scrollLeft, each.scrollTop]),
    focus: !active ? null : active === root ? ":root" : active.getAttribute("aria-label"),
  };
}

export function restore(app, state) {
  const { root, recording } = app;
  const shadow = app.host.shadowRoot;
  root.className = state.classes;
  if (state.style) root.setAttribute("style", state.style);
  Object.assign(root.dataset, state.data);
  app.bar.update();
  app.time.state = state.time;
  app.graph.state = state.graph;
  app.tensors.filter.value = state.filter;
  Object.assign(app.predictor.score, state.score);
  if (!app.step) return app.update();
  // Who looks at the last step of a growing recording looks at the last step.
  const follows = state.last && state.count > 1;
  if (follows) app.go(recording.steps.length - 1, state.at, { quiet: true });
  else app.goStep(state.number, state.at, { quiet: true });
  app.time.draw();
  app.time.update();
  const details = [...shadow.querySelectorAll("details")];
  if (details.length === state.open.length) details.forEach((each, at) => { each.open = state.open[at]; });
  if (!follows) [...shadow.querySelectorAll(SCROLLED)].forEach((each, at) => each.scrollTo(...(state.scrolled[at] ?? [0, 0])));
  if (state.focus) (state.focus === ":root" ? root : shadow.querySelector(`[aria-label="${CSS.escape(state.focus)}"]`))?.focus({ preventScroll: true });
}
