/** The cursor in the address of a page, so that a moment can be sent to others: `#step=3&event=12`. */

/** Milliseconds after the last move: not at every turn while a key is held. */
const PAUSE = 150;

/** Go where the address says. @param {import("./app.js").Viewer} app */
export function locate(app) {
  if (!app.options.links) return;
  const wanted = new URLSearchParams(location.hash.slice(1));
  if (wanted.has("step")) app.goStep(Number(wanted.get("step")) || 0, Number(wanted.get("event")) || 0);
}

/** Write into the address where the cursor is. @param {import("./app.js").Viewer} app */
export function link(app) {
  if (!app.options.links) return;
  clearTimeout(app.linking);
  app.linking = setTimeout(() => {
    try { history.replaceState(null, "", `#step=${app.step.number}&event=${app.at}`); } catch { /* a page in a page may not */ }
  }, PAUSE);
}
