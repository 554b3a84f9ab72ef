/** The event at the cursor: what happened, as a sentence and as mathematics with the recorded numbers put in. */

import { cut, h, math, prose, say } from "./dom.js";
import { code, copied, equation, forwardRule, infix, matrix, mi, mn, mo, namesOf, row, tex } from "./mathematics.js";
import { brief, number, shapeText, spoken } from "./numbers.js";
import { nameOf, origin, writerOf } from "./queries.js";

export const KINDS = {
  forward: "a forward operation", call: "the call of backward", backward: "a backward node",
  accumulate: "an accumulation into .grad", update: "an in-place write to a leaf", clear: "a gradient that is cleared",
  read: "a value that leaves PyTorch", state: "a change of what autograd tracks", error: "an exception",
  other: "a computation beside the graph",
};

/** What an event is about, worked out from the program: its tensors by their role. */
export function rolesOf(program, event) {
  const named = (reference) => ({ name: nameOf(program, reference), reference });
  if (event.kind === "accumulate") {
    const leaf = nameOf(program, event.inputs[0] ?? [0, -1]);
    const [, arrived, before] = event.inputs;
    return { gradient: `${leaf}.grad`, arrived, before, after: event.outputs[0] };
  }
  if (event.kind === "update") {
    const after = event.outputs[0];
    const before = after && event.inputs.find(([slot]) => slot === after[0]);
    const taken = event.inputs.find(([slot]) => !after || slot !== after[0]);
    return { name: after ? nameOf(program, after) : "", before, after, taken };
  }
  if (event.kind === "clear") {
    const after = event.outputs[0] ?? null;
    const before = event.inputs[0] ?? null;
    return { name: before ? nameOf(program, before) : "the gradient", before, after };
  }
  if (event.kind === "backward" && event.node) {
    const pairs = (list) => list.map(([name, ...reference]) => ({ name, reference }));
    return { into: pairs(event.node.into), out: pairs(event.node.out) };
  }
  return { inputs: event.inputs.map(named), outputs: event.outputs.map(named) };
}

/** What an event is as one sentence, for those who listen and for the head of the pane. */
export function sentence(app, step, event) {
  const program = step.program;
  const said = (reference) => (reference ? app.text(step, reference, (value) => spoken(value, 6)) : "nothing");
  const roles = rolesOf(program, event);
  const place = event.part ? `${event.part}` : event.name;
  switch (event.kind) {
    case "accumulate":
      return roles.before && roles.before[1] >= 0
        ? `${roles.gradient}: ${said(roles.before)} before + ${said(roles.arrived)} new = ${said(roles.after)}`
        : `${roles.gradient}: was None, is now ${said(roles.after ?? roles.arrived)}`;
    case "update":
      return `${roles.name}: ${said(roles.before)} before, ${said(roles.after)} after ${shortName(event.name)}`;
    case "clear":
      return roles.after ? `${roles.name} is cleared: ${said(roles.after)}` : `${roles.name} is set to None`;
    case "backward":
      return `${event.node.name}: ${[...roles.into.map((g) => `${g.name} = ${said(g.reference)} arrives`),
        ...roles.out.map((g) => `${g.name} = ${said(g.reference)} goes on`)].join("; ")}`;
    case "call":
      return event.inputs[0] ? `backward begins at ${nameOf(program, event.inputs[0])} = ${said(event.inputs[0])}` : "backward begins";
    case "state": case "error":
      return event.text || event.name;
    case "read":
      return `${event.inputs[0] ? `${nameOf(program, event.inputs[0])} = ${said(event.inputs[0])}` : "a value"} leaves PyTorch${event.text ? `: ${event.text}` : ""}`;
    default:
      if (event.look) return `${place} is looked up: ${said(event.outputs[0])}`;
      return event.outputs.length
        ? `${roles.outputs.map(({ name, reference }) => `${name === place ? place : `${name} = ${place}`} = ${said(reference)}`).join("; ")}`
        : place + (event.text ? `: ${event.text}` : "");
  }
}

/** How a tensor is made of no other one, as it was typed if that is short. */
const source = (event, short) => (event.part && event.part.length <= 40 ? event.part : `${short}(…)`);

const shortName = (name) => name.split(".").at(-1).replace(/^_+|__$/g, "");

export function eventPanel(app) {
  const title = h("h2", {}, "This event");
  const head = h("p.what");
  const figure = h("div.figure", { tabIndex: 0, role: "region", "aria-label": "This event as mathematics" });
  const facts = h("dl.facts");
  const under = h("details.operations", {}, h("summary", {}, "PyTorch operations"), h("pre", {}));
  const question = h("div.question");
  const element = h("section.pane.event", { "aria-label": "This event" }, title, head, question, figure, facts, under);
  return {
    element, question,
    update() {
      const { step, event, program } = app;
      if (!event) {
        say(head, program ? "This step has no events." : light(step));
        figure.replaceChildren();
        facts.replaceChildren();
        under.hidden = true;
        return;
      }
      head.replaceChildren(h(`span.chip.phase-${event.phase}`, {}, event.phase === "other" ? event.kind : event.phase),
        h("span.name", {}, event.node?.name ?? (event.part || event.name)),
        h("span.kind", {}, event.look ? "a look at .grad" : KINDS[event.kind] ?? event.kind));
      figure.replaceChildren(...pictures(app, step, event));
      facts.replaceChildren(...factsOf(app, step, event));
      const calls = program.operations.filter(([of]) => of === event.number);
      under.hidden = !calls.length;
      under.firstChild.textContent = `${calls.length} PyTorch operation${calls.length === 1 ? "" : "s"}`;
      under.lastChild.textContent = calls.map(([, parts]) => parts.map((part) =>
        (typeof part === "number" ? String(app.recording.constant(step, part)) : part)).join("")).join("\n");
    },
  };
}

function light(step) {
  const norms = Array.from(step.norms).filter((norm) => !Number.isNaN(norm));
  return `This step was recorded lightly: only its loss${norms.length ? ` and the gradients' norms (${norms.map((n) => number(n)).join(", ")})` : ""} were kept.`;
}

/** The mathematics of an event, as elements. */
function pictures(app, step, event) {
  const { recording } = app;
  const program = step.program;
  const values = (reference, kind = "") => matrix(reference && reference[1] >= 0 ? recording.value(step, reference) : null,
    { hidden: reference ? app.isHidden(reference, kind === "result" || undefined) : false, kind });
  const roles = rolesOf(program, event);
  if (event.kind === "accumulate") {
    const first = !roles.before || roles.before[1] < 0;
    const left = [code(roles.gradient), infix("=")];
    if (first) return [equation(left, [values(roles.after ?? roles.arrived, "result")]), h("p.aside", {}, `${roles.gradient} was None; what arrived is its first content.`)];
    return [equation(left, [values(roles.before, "old")], [infix("+"), values(roles.arrived, "new")], [infix("="), values(roles.after, "result")]),
      h("p.aside", {}, h("span.old", {}, "before"), " + ", h("span.new", {}, "arrived now"), " = ", h("span.result", {}, "after"))];
  }
  if (event.kind === "update") return update(app, step, event, roles, values);
  if (event.kind === "clear")
    return [equation([code(roles.name), infix("=")], [values(roles.before, "old")], [infix("→"), roles.after ? values(roles.after, "result") : mi("None")])];
  if (event.kind === "backward") return backward(program, event, roles, values);
  if (event.kind === "call") {
    const input = event.inputs[0];
    return input ? [equation([gradientName(`∂${nameOf(program, input)}/∂${nameOf(program, input)}`), infix("="), mn("1")]),
      h("p.aside", {}, "From here the gradients are computed, from the loss back to the leaves.")] : [];
  }
  if (event.kind === "state" || event.kind === "error")
    return [h(`p.aside${event.kind === "error" ? ".alert" : ""}`, {}, event.text || event.name)];
  if (event.kind === "read")
    return event.inputs[0] ? [equation([code(nameOf(program, event.inputs[0])), infix("=")], [values(event.inputs[0])])] : [];
  return forward(app, step, event, roles, values);
}

/** Where the number stands beside the one tensor of an operation; in `torch.pow` it may be on either side. */
const NUMBER_FIRST = { add: "+", mul: "×", rsub: "−", rdiv: "÷", rtruediv: "÷", rpow: "^" };
const NUMBER_LAST = { sub: "−", div: "÷", pow: "^" };

function forward(app, step, event, roles, values) {
  const program = step.program;
  const short = shortName(event.name);
  const rule = event.look ? null : forwardRule(event.name);
  const found = [];
  const signs = { add: "+", sub: "−", mul: "×", div: "÷", matmul: "·", mm: "·" };
  const constants = (event.constants ?? []).map((at) => app.recording.constant(step, at));
  for (const { name, reference } of roles.outputs.slice(0, 3)) {
    const inputs = event.inputs.map((each) => values(each));
    const label = name === event.part || name === "(no name)" ? [] : [code(name), infix("=")];
    let right;
    if (event.look) right = [];
    else if (signs[short] && inputs.length === 2) right = [[inputs[0]], [infix(signs[short]), inputs[1]]];
    else if (inputs.length === 1 && constants.length && (NUMBER_FIRST[short] || NUMBER_LAST[short]) && event.name !== "torch.pow") {
      const typed = constant(program, event, app, step);
      right = NUMBER_FIRST[short] ? [[typed], [infix(NUMBER_FIRST[short]), inputs[0]]] : [[inputs[0]], [infix(NUMBER_LAST[short]), typed]];
    }
    else {
      const shown = inputs.slice(0, 4);
      right = shown.length ? shown.map((each, at) => [...(at ? [] : [mi(short), mo("(")]), each,
        mo(at + 1 < shown.length ? "," : inputs.length > shown.length ? ", …)" : ")")]) : [[code(source(event, short))]];
    }
    found.push(equation(right.length ? label : [], ...right, [...(right.length ? [] : [code(name)]), infix("="), values(reference, "result")]));
  }
  if (rule && !"+−×÷".includes({ add: "+", sub: "−", mul: "×", div: "÷" }[short] ?? "?"))
    found.unshift(equation([...(roles.outputs[0]?.name && roles.outputs[0].name !== event.part ? [code(roles.outputs[0].name), infix("=")] : []), tex(rule, namesOf(program, event))]));
  else if (!rule && !signs[short])
    for (const [target, source] of (event.rules ?? []).slice(0, 1).reverse()) found.unshift(equation([code(target), infix("="), copied(source)]));
  return found;
}

/** The number that takes part in an operation: the first that has a name. */
const factorOf = (program, event) => event.constants.find((each) => program.constants[each][0]) ?? event.constants[0];

/** That number with its name. */
function constant(program, event, app, step) {
  const at = factorOf(program, event);
  const name = program.constants[at][0];
  const value = mn(number(app.recording.constant(step, at)));
  return name ? row(code(name), mo("("), value, mo(")")) : value;
}

/** before − learning_rate × gradient = after, where that is what happened. */
function update(app, step, event, roles, values) {
  const program = step.program;
  const sign = { sub_: "−", add_: "+", mul_: "×", div_: "÷", copy_: "←" }[event.name.split(".").at(-1)];
  const name = code(roles.name);
  if (!roles.after) return [];
  if (!sign || !roles.taken)
    return [equation([name, infix("=")], [values(roles.before, "old")], [infix("→"), values(roles.after, "result")])];
  let taken = [values(roles.taken, "new")];
  let words = [code(nameOf(program, roles.taken))];
  const made = writerOf(program, roles.taken);
  if (made && made.number < event.number && /\.mul$/.test(made.name) && made.inputs.length === 1 && made.constants?.length) {
    taken = [mn(number(app.recording.constant(step, factorOf(program, made)))), infix("×"), values(made.inputs[0], "new")];
    words = [code(program.constants[factorOf(program, made)][0] ?? "number"), infix("×"), code(nameOf(program, made.inputs[0]))];
  }
  return [
    equation([name, infix("←"), name.cloneNode(true), infix(sign), ...words]),
    equation([values(roles.before, "old")], [infix(sign), ...taken], [infix("="), values(roles.after, "result")]),
    h("p.aside", {}, h("span.old", {}, "before"), ` ${sign} what is taken = `, h("span.result", {}, "after")),
  ];
}

function backward(program, event, roles, values) {
  const found = [];
  const made = event.node.forward === null ? null : program.events[event.node.forward];
  const meanings = new Map();
  const rest = [...(event.rules ?? [])];
  for (const { name, reference } of roles.out) {
    const at = rest.findIndex(([, , , result]) => result && result[0] === reference[0] && result[1] === reference[1]);
    const [target, source, names] = at < 0 ? [name, "", []] : rest.splice(at, 1)[0];
    for (const [letter, meaning] of names) meanings.set(letter, meaning);
    found.push(equation([gradientName(target), infix("=")], source ? [copied(source), infix("=")] : [], [values(reference, "result")]));
  }
  roles.into.forEach(({ name, reference }, at) =>
    found.unshift(equation([...(at ? [] : [mi("G"), infix("=")]), gradientName(meanings.get("G") && !at ? meanings.get("G") : name)], [infix("="), values(reference, "new")])));
  meanings.delete("G");
  const others = [...meanings].map(([letter, meaning]) => `${letter} = ${meaning}`).join(", ");
  found.push(h("p.aside", {}, others ? `where ${others}. ` : "", h("span.new", {}, "arrives"), " × local derivative = ", h("span.result", {}, "goes on"),
    made ? `. The node belongs to ${made.part || made.name}.` : "."));
  return found;
}

/** What has room in a fraction, which is not broken into lines. */
const LONGEST = 40;

/** ∂loss/∂z as a fraction. */
function gradientName(name) {
  const match = /^∂(.+?)\/∂(.+)$/.exec(name);
  if (!match) return code(name);
  return math("mfrac", { title: name }, row(mo("∂"), code(cut(match[1], LONGEST))), row(mo("∂"), code(cut(match[2], LONGEST))));
}

function factsOf(app, step, event) {
  const { recording, program } = app;
  const rows = [];
  const add = (label, ...content) => rows.push(h("dt", {}, label), h("dd", {}, ...content));
  const line = event.line === null ? null : recording.head.lines[event.line];
  if (line) add("line", `${line[1]} of ${recording.head.files[line[0]].short}${line[5] ? `, ${line[5]}` : ""}`);
  if (event.node?.forward != null && program.events[event.node.forward])
    add("made by", jump(app, app.index, program.events[event.node.forward]));
  const nodes = program.events.filter((each) => each.kind === "backward" && each.node?.forward === event.number && !event.node);
  if (nodes.length) add("grad_fn", ...nodes.flatMap((node, at) => [at ? ", " : "", jump(app, app.index, node, node.node.name)]));
  for (const [name, ...reference] of event.node?.saved ?? [])
    add(`saved ${name}`, `${nameOf(program, reference)} ${shapeText(program.slots[reference[0]].shape)} = ${app.text(step, reference, brief)}`);
  const seen = new Set();
  const inputs = event.kind === "backward" ? event.node.into.map(([, ...reference]) => reference) : event.inputs;
  for (const reference of inputs.slice(0, 4)) {
    if (seen.has(reference[1]) || reference[1] < 0) continue;
    seen.add(reference[1]);
    const from = origin(recording, step, reference);
    if (from?.event && !(from.step === step && from.event === event))
      add(event.kind === "backward" ? "arrives from" : program.slots[reference[0]].label ? `${nameOf(program, reference)} is from` : "it takes from", from.step === step ? "" : `${stepName(recording, from.step)}, `, jump(app, from.step.index, from.event));
  }
  for (const at of event.constants ?? [])
    if (program.constants[at][0]) add(program.constants[at][0], number(recording.constant(step, at), 8));
  for (const finding of app.findingsAt(step, event)) add("finding", h("strong", {}, finding.name), " ", ...prose(finding.fact ?? ""));
  for (const comparison of app.comparisonsAt(step, event))
    add(comparison.agrees ? "verified" : "disagrees", `${comparison.what}: off by ${number(Number(comparison.error), 2)} at most, where rounding allows ${number(Number(comparison.tolerance), 2)}${comparison.method ? ` (${comparison.method})` : ""}${comparison.why ? `. ${comparison.why}` : ""}`);
  return rows;
}

export const stepName = (recording, step) =>
  (step.number < 0 ? "before the loop" : step.number >= recording.head.count ? "after the loop" : `step ${step.number}`);

function jump(app, index, event, text) {
  return h("button.link", { type: "button", onclick: () => app.go(index, event.number) },
    text ?? `${event.node?.name ?? (event.part || event.name)} (event ${event.number})`);
}
