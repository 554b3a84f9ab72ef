/** That something takes its time: a bar, and the seconds so far, while a promise is not settled. */

import { h, say } from "./dom.js";

/**
 * @typedef {{ask?: () => Promise<{done: number, count: number}>, stop?: () => unknown, hint?: string}} Ways how far it
 *   is, where that is known; how to end it, where that can be done from here; else what to do
 */

/**
 * Wait for a promise and show that below an element which says what is waited for.
 * @template T @param {HTMLElement} element @param {Promise<T>} promise
 * @param {Ways} [ways]
 * @returns {Promise<T>}
 */
export async function waitFor(element, promise, { ask, stop, hint } = {}) {
  const bar = h("progress", { "aria-label": "How far it is" });
  const words = h("span", { "aria-hidden": "true" });
  // What cannot be ended at once, such as a compiler, is waited for.
  const end = h("button.text", { type: "button", onclick: () => { end.disabled = true; say(end, "stopping …"); stop(); } }, "stop");
  const row = h("div.waiting", { hidden: true }, bar, words, stop && end, hint && h("span", {}, hint));
  element.after(row);
  const began = performance.now();
  const look = async () => {
    row.hidden = false;
    const seconds = Math.floor((performance.now() - began) / 1000);
    const { done, count } = await ask?.().catch(() => null) ?? {};
    if (count) { bar.max = count; bar.value = done; }
    say(words, `${count ? `${done} of ${count}, ` : ""}${seconds} s`);
  };
  const timer = setInterval(look, 500);
  try { return await promise; } finally { clearInterval(timer); row.remove(); }
}
