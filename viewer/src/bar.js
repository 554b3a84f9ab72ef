/** What stands above everything: whose recording it is, where the cursor stands, and buttons for what keys do, too. */

import { button, h, say } from "./dom.js";
import { stepName } from "./event.js";

/** @param {import("./app.js").Viewer} app */
export function barPanel(app) {
  const { head } = app.recording;
  const where = h("span.where");
  const which = h("span.which");
  const playing = button("play", "Play", "Space", () => app.play());
  const predicting = button("predict", "Predict mode", "P", () => app.setPredict(!app.predict));
  const presenting = button("present", "Presenter mode", "F", () => app.present(!app.presents));
  const transport = h("div.transport", { role: "toolbar", "aria-label": "Move" },
    button("first", "Step back", "PageUp", () => app.go(app.index - 1, app.at)),
    button("back", "Event back", "←", () => app.turn(-1)), playing,
    button("forth", "Event forth", "→", () => app.turn(1)),
    button("last", "Step forth", "PageDown", () => app.go(app.index + 1, app.at)));
  const tools = h("div.tools", {}, app.sweep && button("map", "Sweep", "M", () => app.sweep.open()),
    app.whatif && button("branch", "What if?", "I", () => app.whatif.open()),
    button("search", "Find a moment", "/", () => app.search.open()), predicting, presenting,
    button("theme", "Light or dark", "T", () => app.theme()), button("help", "Keys", "?", () => app.help.showModal()));
  const title = h("span.title", { title: head.title }, head.title || head.facts.script || "");
  return {
    element: h("header.top", {}, h("div.brand", {}, h("h1", {}, "retrograd"), title),
      h("div.moment", {}, app.growth, where, which), transport, tools),
    update() {
      const { step, event } = app;
      const inside = step && step.number >= 0 && step.number < head.count;
      say(where, !step ? "This recording holds no step." : inside ? `step ${step.number} of ${head.count}` : stepName(app.recording, step));
      say(which, event ? `event ${app.at} of ${app.program.events.length}` : "");
      for (const [tool, on] of /** @type {[HTMLElement, any][]} */ ([[playing, app.timer], [predicting, app.predict], [presenting, app.presents]]))
        if (tool.getAttribute("aria-pressed") !== String(Boolean(on))) tool.setAttribute("aria-pressed", String(Boolean(on)));
    },
  };
}
