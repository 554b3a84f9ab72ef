/** Making elements. Text goes in as text only, so nothing that was recorded can become markup. */

const SVG = "http://www.w3.org/2000/svg";
const MATH = "http://www.w3.org/1998/Math/MathML";

/**
 * @param {string} tag with classes, as "button.quiet"
 * @param {Record<string, any>} properties `on…` listens, what has a `-` or is "role" is an attribute, else a property
 * @param {(Node | string | null | undefined | false)[]} children
 */
export function h(tag, properties = {}, ...children) {
  const [name, ...classes] = tag.split(".");
  return fill(document.createElement(name), classes, properties, children);
}

export const svg = (tag, properties = {}, ...children) =>
  fill(document.createElementNS(SVG, tag), [], properties, children, true);

export const math = (tag, properties = {}, ...children) =>
  fill(document.createElementNS(MATH, tag), [], properties, children, true);

function fill(element, classes, properties, children, attributes = false) {
  if (classes.length) element.classList.add(...classes);
  for (const [key, value] of Object.entries(properties)) {
    if (value === null || value === undefined || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (attributes || key.includes("-") || key === "role") element.setAttribute(key, value);
    else element[key] = value;
  }
  for (const child of children.flat()) if (child || child === 0) element.append(child);
  return element;
}

/** Put other text into an element, if it is other text. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** Text in which code stands between backticks, as findings write it. @param {string} text @returns {(string | Node)[]} */
export function prose(text) {
  const parts = String(text).split("`");
  if (parts.length % 2 === 0) return [text];
  return parts.map((part, at) => (at % 2 ? h("code", {}, part) : part));
}

/** Icons are drawn: fonts often lack these signs. */
const ICONS = {
  first: "M4 3v10M13 3v10L6 8z",
  back: "M11 3v10L4 8z",
  forth: "M5 3v10l7-5z",
  last: "M12 3v10M3 3v10l7-5z",
  play: "M4 2.5v11l9-5.5z",
  pause: "M5 3v10M11 3v10",
  search: "M7 2.5a4.5 4.5 0 1 0 0 9 4.5 4.5 0 0 0 0-9zM10.5 10.5 14 14",
  help: "M5.5 6a2.5 2.5 0 1 1 3.7 2.2c-.8.5-1.2.9-1.2 1.8M8 12.6v.4",
  theme: "M8 2a6 6 0 1 0 0 12zM8 2a6 6 0 0 1 0 12",
  predict: "M8 2a4 4 0 0 1 2.2 7.3V11H5.8V9.300A4 4 0 0 1 8 2zM6 13.500h4",
  present: "M2 3h12v8H2zM8 11v3M5 14h6",
  close: "M4 4l8 8M12 4l-8 8",
  up: "M8 13V4M4 7.500 8 3.500l4 4",
  branch: "M4 14V2M4 9c0-4 8-1 8-6M9.500 5 12 2.500 14.500 5",
  map: "M2.500 2.500h11v11h-11zM6.200 2.500v11M9.800 2.500v11M2.500 6.200h11M2.500 9.800h11",
  fit: "M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4",
};

export function icon(name) {
  return svg("svg", { viewBox: "0 0 16 16", width: 16, height: 16, "aria-hidden": "true", class: "icon" },
    svg("path", { d: ICONS[name] }));
}

/** A button with an icon, a name for those who listen, and its key for those who hover. */
export function button(name, label, key, action) {
  const element = h("button.tool", { type: "button", title: key ? `${label} (${key})` : label, onclick: action },
    icon(name));
  element.setAttribute("aria-label", label);
  return element;
}

/** Do something wherever a pointer is pressed on an element and drawn over it; a mark on it is a button of its own. */
export function drag(target, action) {
  target.addEventListener("pointerdown", (down) => {
    if (down.button || down.target.closest(".mark")) return;
    target.setPointerCapture(down.pointerId);
    action(down);
    const move = (event) => action(event);
    target.addEventListener("pointermove", move);
    target.addEventListener("pointerup", () => target.removeEventListener("pointermove", move), { once: true });
    target.addEventListener("pointercancel", () => target.removeEventListener("pointermove", move), { once: true });
  });
}

/** A text that has no more than so many characters: the end of a longer one gives way to an ellipsis. */
export const cut = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
