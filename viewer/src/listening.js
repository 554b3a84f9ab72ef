/** What the viewer listens to beyond its buttons: keys, the address, and the pointer, which reads single numbers. */

import { locate } from "./address.js";
import { say } from "./dom.js";
import { pressed } from "./keys.js";

/** @param {import("./app.js").Viewer} app */
export function listen(app) {
  const { root, options } = app;
  const { signal } = app.ended;
  // In a notebook keys come only to what has the focus: a click into the viewer gives it.
  if (!options.whole) root.addEventListener("pointerdown", (event) => {
    if (!event.target.closest?.("button, input, summary, [tabindex='0']")) root.focus({ preventScroll: true });
  });
  (options.whole ? document : root).addEventListener("keydown", (event) => pressed(app, event), { signal });
  if (options.links) addEventListener("hashchange", () => locate(app), { signal });
  root.addEventListener("pointerdown", () => { app.held = true; });
  for (const end of ["pointerup", "pointercancel"]) addEventListener(end, () => { app.held = false; }, { signal });
  // WebKit leaves the focus in a dialog that was closed, where every key would count as typed. `close` does not bubble.
  root.addEventListener("close", ({ target }) => {
    const active = app.host.shadowRoot.activeElement;
    if (!target.contains(active)) return;
    /** @type {HTMLElement} */ (active).blur();
    if (!options.whole) root.focus({ preventScroll: true });
  }, { capture: true });
  readNumbers(root);
}

/** Say beside the pointer which entry of a tensor is below it, with all of its digits. */
function readNumbers(root) {
  const readout = root.querySelector("footer.readout");
  root.addEventListener("pointermove", (event) => {
    const tile = event.target.closest?.(".tile")?.tile;
    const text = tile ? tile.entryAt(event.clientX, event.clientY) : "";
    say(readout, text);
    if (text) readout.style.transform = `translate(${Math.min(event.clientX + 14, innerWidth - 260)}px, ${event.clientY + 18}px)`;
    readout.hidden = !text;
  });
}
