/** That something takes its time: a bar, and the seconds so far, while a promise is not settled. */

import { h, say } from "./dom.js";

/**
 * Wait for a promise and show that below an element which says what is waited for.
 * @template T @param {HTMLElement} element @param {Promise<T>} promise
 * @param {() => Promise<{done: number, count: number}>} [ask] how far it is, where that is known
 * @returns {Promise<T>}
 */
export async function waitFor(element, promise, ask) {
  const bar = h("progress", { "aria-label": "How far it is" });
  const words = h("span", { "aria-hidden": "true" });
  const row = h("div.waiting", { hidden: true }, bar, words);
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
