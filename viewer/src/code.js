/** The person's source: the current line and the part of it at work, phases in the margin, values beside the lines. */

import { h, say } from "./dom.js";
import { brief } from "./numbers.js";

const WORDS = new Set(("False None True and as assert async await break class continue def del elif else except finally "
  + "for from global if import in is lambda nonlocal not or pass raise return try while with yield").split(" "));
const TOKENS = /(#.*$)|("""|'''|[rbfu]?"(?:\\.|[^"\\])*"?|[rbfu]?'(?:\\.|[^'\\])*'?)|\b(\d[\d_.]*(?:e[+-]?\d+)?)\b|([A-Za-z_]\w*)/g;
const MOST_LINES = 4000;

/** Cut a line into pieces with the kind of each: comment, string, number, word, or nothing. */
export function pieces(text) {
  const found = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    if (match.index > end) found.push(["", text.slice(end, match.index)]);
    const kind = match[1] ? "comment" : match[2] ? "string" : match[3] ? "number" : WORDS.has(match[4]) ? "word" : "";
    found.push([kind, match[0]]);
    end = match.index + match[0].length;
  }
  if (end < text.length) found.push(["", text.slice(end)]);
  return found;
}

/** The same pieces, cut again where the part at work begins and ends (in characters, not UTF-16 units). */
export function marked(text, from, to) {
  const characters = Array.from(text);
  const begin = characters.slice(0, from).join("").length;
  const end = characters.slice(0, to).join("").length;
  const result = [];
  let at = 0;
  for (const [kind, piece] of pieces(text)) {
    const cuts = [0, begin - at, end - at, piece.length].filter((cut, n) => n === 0 || n === 3 || (cut > 0 && cut < piece.length));
    for (let n = 0; n + 1 < cuts.length; n++) {
      const part = piece.slice(cuts[n], cuts[n + 1]);
      if (part) result.push([kind, part, at + cuts[n] >= begin && at + cuts[n] < end]);
    }
    at += piece.length;
  }
  return result;
}

export function codePanel(app) {
  const { recording } = app;
  const tabs = h("div.tabs", { role: "tablist", "aria-label": "Files" });
  const body = h("div.source", { tabIndex: 0, role: "region", "aria-label": "Source code" });
  const element = h("section.pane.code", { "aria-label": "Code" }, h("h2", {}, "Code"), tabs, body);
  const files = recording.head.files.map((file, number) => makeFile(app, file, number));
  let shown = -1;
  let chosen = null;

  files.forEach((file, number) => {
    file.tab = h("button.tab", { type: "button", role: "tab", title: file.name, onclick: () => { chosen = number; open(number); } },
      file.short);
    tabs.append(file.tab);
  });
  for (const file of files) file.tab.hidden = !file.busy;
  tabs.hidden = files.filter((file) => file.busy).length < 2;

  function open(number) {
    if (number === shown || !files[number]) return;
    shown = number;
    body.replaceChildren(files[number].build());
    files.forEach((file, at) => file.tab.setAttribute("aria-selected", String(at === number)));
  }

  let current = null;
  return {
    element,
    update() {
      const { program, event, step } = app;
      const line = event?.line != null ? recording.head.lines[event.line] : null;
      if (line && app.moved) chosen = null;
      if (line && chosen === null) open(line[0]);
      else if (shown < 0) open(0);
      const file = files[shown];
      if (!file) return;
      file.mark(program);
      const here = line && line[0] === shown ? file.rows.get(line[1]) : null;
      if (current && current !== here) { current.element.classList.remove("now"); plain(current); }
      if (here) {
        here.element.classList.add("now");
        const end = line[3] === line[1] ? line[4] : here.text.length;
        here.code.replaceChildren(...marked(here.text, line[2], end).map(([kind, text, on]) =>
          h("span", { className: `${kind}${on ? " at" : ""}` }, ...breakable(text))));
        if (app.moved) app.later.push(() => reveal(body, here.element));
      }
      current = here;
      file.values(step, program);
    },
  };
}

function plain(row) {
  row.code.replaceChildren(...pieces(row.text).flatMap(([kind, text]) => (kind ? h("span", { className: kind }, text) : breakable(text))));
}

/** A long name may go on in the next line after a point or an underscore, rather than anywhere. */
function breakable(text) {
  if (text.length < 16) return [text];
  return text.split(/(?<=[._(])(?=\w)/).flatMap((part, at) => (at ? [h("wbr"), part] : [part]));
}

/** Scroll a pane, and only it, so that an element is well inside. */
export function reveal(pane, element, margin = 60) {
  const outer = pane.getBoundingClientRect();
  const inner = element.getBoundingClientRect();
  if (pane.scrollHeight > pane.clientHeight + 1) {
    if (inner.top < outer.top + margin) pane.scrollTop += inner.top - outer.top - margin;
    else if (inner.bottom > outer.bottom - margin) pane.scrollTop += inner.bottom - outer.bottom + margin;
  }
  if (pane.scrollWidth > pane.clientWidth + 1) {
    if (inner.left < outer.left + margin) pane.scrollLeft += inner.left - outer.left - margin;
    else if (inner.right > outer.right - margin) pane.scrollLeft += inner.right - outer.right + margin;
  }
}

function makeFile(app, file, number) {
  const rows = new Map();
  const texts = file.text.split("\n");
  const lines = app.recording.head.lines;
  let table = null;
  let marks = null;
  return {
    ...file,
    rows,
    build() {
      if (table) return table;
      table = h("div.lines");
      texts.slice(0, MOST_LINES).forEach((text, at) => {
        const row = { text, number: file.from + at, code: h("code"), value: h("span.value") };
        row.margin = h("span.margin", { "aria-hidden": "true" });
        // What does not fit beside the code goes below it, and code that is too long goes on further in.
        row.element = h("div.line", {}, row.margin, h("span.number", {}, String(row.number)), h("span.said", {}, row.code, row.value));
        row.code.style.setProperty("--in", String(Math.min(text.length - text.trimStart().length, 24) + 4));
        row.element.dataset.line = String(row.number);
        const found = app.recording.head.findings.find((each) => each.line === row.number && each.file === file.name);
        if (found) {
          row.found = true;
          row.element.title = `${found.name}: ${found.fact ?? ""}`;
        }
        plain(row);
        rows.set(row.number, row);
        table.append(row.element);
      });
      table.addEventListener("click", (click) => {
        const row = click.target.closest?.(".line");
        if (row && !String(getSelection())) app.goLine(number, Number(row.dataset.line));
      });
      return table;
    },
    /** Colour the lines of a program by phase. */
    mark(program) {
      if (program === marks || !program) return;
      marks = program;
      for (const row of rows.values()) row.element.className = row.found ? "line found" : "line";
      const events = eventsByLine(program, lines, number);
      for (const [at, row] of rows) {
        const phase = events.get(at)?.phase;
        if (phase) row.element.classList.add("busy", `phase-${phase}`);
      }
    },
    /** Write beside each line what it has made by now. */
    values(step, program) {
      if (!program) return;
      const events = eventsByLine(program, lines, number);
      for (const [at, row] of rows) {
        const found = events.get(at);
        if (!found && !row.value.textContent) continue;
        const error = found?.events.find((each) => each.kind === "error" && each.number <= app.at);
        row.element.classList.toggle("broken", Boolean(error));
        say(row.value, error ? firstLine(error.text || error.name) : found ? result(app, step, program, found.events) : "");
      }
    },
  };
}

const firstLine = (text) => text.split("\n", 1)[0].slice(0, 200);

/** The events on each line of a file, and the phase of the line. Worked out once for a program. */
function eventsByLine(program, lines, file) {
  const known = (program.byLine ??= new Map());
  if (!known.has(file)) {
    const found = new Map();
    for (const event of program.events) {
      const line = event.line === null ? null : lines[event.line];
      if (!line || line[0] !== file) continue;
      const entry = found.get(line[1]) ?? found.set(line[1], { events: [], phase: "other" }).get(line[1]);
      entry.events.push(event);
    }
    for (const entry of found.values()) entry.phase = phaseOf(entry.events);
    known.set(file, found);
  }
  return known.get(file);
}

/** The phase of a line: that of what it does; looking up .grad and switching autograd count where nothing else happens. */
export function phaseOf(events) {
  const doing = events.filter((event) => !event.look && event.kind !== "state" && event.phase !== "other");
  const phase = (doing[0] ?? events[0]).phase;
  return phase === "accumulate" ? "backward" : phase;
}

function result(app, step, program, events) {
  const event = events.findLast((each) => each.number <= app.at && (each.outputs.length || each.node || each.kind === "clear"));
  if (!event) return "";
  if (event.node && event.kind === "backward") {
    const [name, ...reference] = event.node.out.at(-1) ?? event.node.into.at(-1) ?? [""];
    return name ? `${name} = ${app.text(step, reference, brief, event.number === app.at || undefined)}` : "";
  }
  if (event.kind === "clear" && !event.outputs.length) return "None";
  const reference = event.outputs.at(-1);
  if (!reference) return "";
  const slot = program.slots[reference[0]];
  const name = slot.name ?? "";
  return `${name ? `${name} = ` : "→ "}${app.text(step, reference, brief)}`;
}
