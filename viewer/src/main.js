/** Ways to show a recording: `mount` into a page, `mountLive` at a local server, `render` in a notebook. */

import { Viewer } from "./app.js";
import { fromBase64, inflate, Recording } from "./data.js";
import { mountLive, render } from "./hosts.js";
import { number } from "./numbers.js";

/**
 * Show a recording.
 * @param {HTMLElement} element where
 * @param {Uint8Array} bytes what views/data.py wrote, unpacked
 * @param {{links?: boolean, whole?: boolean, onmove?: (step: number, event: number) => void, whatif?: object}} options
 *   links: keep the cursor in the address; whole: the page is all ours, keys work everywhere
 */
export const mount = (element, bytes, options = {}) => new Viewer(element, bytes, options);

/** The same, from what a page holds: base64 of zlib. */
export const mountPacked = async (element, text, options) => mount(element, await inflate(fromBase64(text)), options);

export default { render };
export { fromBase64, inflate, mountLive, number, Recording };
