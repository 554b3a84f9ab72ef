/** Mathematics as native MathML: matrices of recorded numbers, and formulas from a little of what TeX writes. */

import { h, math } from "./dom.js";
import { cell, shapeText } from "./numbers.js";

const MOST_ROWS = 6;
const SIGNS = {
  cdot: "·", odot: "⊙", times: "×", partial: "∂", sigma: "σ", sum: "∑", le: "≤", ge: "≥", ne: "≠", in: "∈", infty: "∞",
  to: "→", gets: "←", ldots: "…", dots: "…", top: "⊤", alpha: "α", beta: "β", gamma: "γ", epsilon: "ε", eta: "η",
  mu: "μ", lambda: "λ", delta: "δ", pi: "π", max: "max", min: "min", log: "log", exp: "exp", tanh: "tanh", sqrt: "√",
  quad: " ", mid: "|", Phi: "Φ", phi: "φ", theta: "θ", tau: "τ", pm: "±", approx: "≈", sign: "sign", sin: "sin",
  cos: "cos",
};

export const mi = (text) => math("mi", text.length > 1 ? { mathvariant: "normal", class: "name" } : {}, text);
export const mo = (text) => math("mo", {}, text);
/** A sign between two parts, with its distance to both, even where one of them stands in another line. */
export const infix = (text) => math("mo", { form: "infix" }, text);
export const mn = (text, properties = {}) => math("mn", properties, text);
export const row = (...parts) => math("mrow", {}, ...parts);
export const formula = (...parts) => math("math", { displaystyle: "true" }, ...parts);

/** An equation that may be broken between its parts where there is little room; a part is a list. */
export const equation = (...parts) => h("div.equation", {}, ...parts.filter((part) => part.length).map((part) => formula(row(...part))));

/** What the person calls it, as code. */
export const code = (text) => math("mi", { class: "code", mathvariant: "normal" }, text);

/** A tensor of recorded numbers; a large one as its shape. @param {import("./data.js").Value | null} value */
export function matrix(value, { hidden = false, kind = "" } = {}) {
  if (hidden) return math("mtext", { class: `hidden ${kind}` }, "?");
  if (!value) return math("mtext", { class: "faint" }, "not kept");
  if (!value.array || value.shape.length > 2 || value.array.length > 400)
    return math("mtext", { class: "faint" }, shapeText(value.shape));
  if (value.array.length === 0) return math("mtext", { class: "faint" }, "no entries");
  if (!value.shape.length) return mn(cell(value.array[0]), { class: kind });
  const columns = value.shape.at(-1);
  const rows = value.array.length / columns;
  const down = shortened(rows);
  const across = shortened(columns);
  const cells = down.map((r) => math("mtr", {}, ...across.map((c) =>
    math("mtd", {}, r < 0 ? mo("⋮") : c < 0 ? mo("⋯") : mn(cell(value.array[r * columns + c]))))));
  return math("mtable", { class: kind }, ...cells);
}

/** The places of the first entries and the last one, with −1 for those that are left out. */
function shortened(length) {
  if (length <= MOST_ROWS) return Array.from({ length }, (_, at) => at);
  return [...Array.from({ length: MOST_ROWS - 2 }, (_, at) => at), -1, length - 1];
}

/**
 * A formula from a little TeX: letters, numbers, \frac, \bar, \text, ^, _, braces, and the names above.
 * @param {string} source @param {Record<string, string>} names what the person calls `a`, `b`, …
 */
export function tex(source, names = {}) {
  const tokens = source.match(/\\(?:text|mathrm|operatorname)\s*\{[^}]*\}|\\[a-zA-Z]+|\\.|[{}^_]|[0-9.]+|[a-zA-Z]|\S/g) ?? [];
  let at = 0;
  const group = () => {
    const parts = [];
    while (at < tokens.length && tokens[at] !== "}") parts.push(scripted());
    return parts.length === 1 ? parts[0] : row(...parts);
  };
  const argument = () => {
    if (tokens[at] !== "{") return atom();
    at++;
    const inside = group();
    at++;
    return inside;
  };
  const atom = () => {
    const token = tokens[at++];
    if (token === undefined) return row();
    if (token === "{") { at--; return argument(); }
    if (/^[0-9.]+$/.test(token)) return mn(token);
    if (/^[a-zA-Z]$/.test(token)) return names[token] ? code(names[token]) : mi(token);
    if (token === "\\frac") return math("mfrac", {}, argument(), argument());
    if (token === "\\bar") return math("mover", { accent: "true" }, argument(), mo("¯"));
    if (token === "\\sqrt") return math("msqrt", {}, argument());
    if (/^\\(text|mathrm|operatorname)/.test(token)) return math("mtext", {}, token.replace(/^[^{]*\{|\}$/g, ""));
    if (token === "\\left" || token === "\\right" || token === "\\," || token === "\\;" || token === "\\!") return atom();
    if (token.startsWith("\\")) {
      const sign = SIGNS[token.slice(1)] ?? token.slice(1);
      return /^[a-zA-Zα-ωΦ]/.test(sign) ? mi(sign) : mo(sign);
    }
    return mo(token === "-" ? "−" : token);
  };
  const scripted = () => {
    const base = atom();
    let low = null, high = null;
    while (tokens[at] === "_" || tokens[at] === "^") {
      if (tokens[at++] === "_") low = argument(); else high = argument();
    }
    if (low && high) return math("msubsup", {}, base, low, high);
    if (low) return math("msub", {}, base, low);
    return high ? math("msup", {}, base, high) : base;
  };
  return group();
}

/** What frequent operations compute, by the last part of their name; inputs are a, b, c, or have their usual names. */
export const FORWARD = {
  matmul: "a \\cdot b", mm: "a \\cdot b", add: "a + b", sub: "a - b", mul: "a \\odot b", div: "\\frac{a}{b}",
  neg: "-a", exp: "e^{a}", log: "\\log a", pow: "a^{b}", square: "a^{2}", sqrt: "\\sqrt{a}", tanh: "\\tanh a",
  sigmoid: "\\sigma(a) = \\frac{1}{1 + e^{-a}}", relu: "\\max(a, 0)", sum: "\\sum_i a_i",
  mean: "\\frac{1}{N} \\sum_i a_i", abs: "|a|",
  binary_cross_entropy_with_logits:
    "\\frac{1}{N} \\sum_i \\left( \\log(1 + e^{z_i}) - y_i z_i \\right)",
  mse_loss: "\\frac{1}{N} \\sum_i (a_i - y_i)^{2}",
  cross_entropy: "-\\frac{1}{N} \\sum_i \\log \\text{softmax}(z_i)_{y_i}",
  softmax: "\\frac{e^{a_i}}{\\sum_j e^{a_j}}", log_softmax: "a_i - \\log \\sum_j e^{a_j}",
  linear: "a \\cdot W^{\\top} + b", gelu: "a \\odot \\Phi(a)",
  layer_norm: "\\frac{a - \\mu}{\\sqrt{\\sigma^{2} + \\epsilon}} \\odot \\gamma + \\beta",
};

/** What a and b of a rule are called, if they have short names. */
export function namesOf(program, event) {
  /** @type {Record<string, string>} */
  const names = {};
  event?.inputs.slice(0, 2).forEach(([slot], at) => {
    const name = program.slots[slot].name;
    if (name && /^[\p{L}_][\p{L}\p{N}_]{0,9}$/u.test(name)) names["ab"[at]] = name;
  });
  return names;
}

const ALLOWED = new Set(("mi mo mn mtext mrow mfrac msub msup msubsup msqrt mroot mover munder munderover mtable mtr mtd mspace "
  + "mstyle mpadded").split(" "));

/** MathML that came with the recording, copied element by element: what is no mathematics becomes its text. */
export function copied(source) {
  const parsed = new DOMParser().parseFromString(`<math xmlns="http://www.w3.org/1998/Math/MathML">${source}</math>`, "application/xml");
  if (parsed.querySelector("parsererror")) return math("mtext", {}, "");
  const copy = (node) => {
    if (node.nodeType === 3) return document.createTextNode(node.data);
    if (node.nodeType !== 1) return null;
    const parts = [...node.childNodes].map(copy);
    const long = node.localName === "mi" && node.textContent.length > 1;
    return ALLOWED.has(node.localName) ? math(node.localName, long ? { class: "code", mathvariant: "normal" } : {}, ...parts) : math("mtext", {}, node.textContent);
  };
  return row(...[...parsed.documentElement.childNodes].map(copy));
}

export const forwardRule = (name) => FORWARD[name.split(".").at(-1).replace(/^_+|_+$/g, "")];
