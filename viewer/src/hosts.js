/** The viewer at a local server, and as a widget in a notebook. */

import { Viewer } from "./app.js";
import { inflate } from "./data.js";
import { h, say } from "./dom.js";

/** Milliseconds between two questions of whether the recording has grown. */
const PAUSE = 1000;

/**
 * Show what a local server has, follow it while it grows, and let it run the loop again with changes.
 * @param {string} base the server's address for this recording
 */
export async function mountLive(element, base) {
  let known = "";
  const ask = async (what, request) => {
    // What is asked is about the recording that is shown, not about another one that has taken its file's place.
    const of = known && !["state", "data"].includes(what) ? `?of=${encodeURIComponent(JSON.parse(known).of)}` : "";
    const response = await fetch(base + what + of, request && { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(request) });
    if (!response.ok) throw new Error((await response.json().catch(() => null))?.error ?? `the server answered ${response.status}`);
    return response;
  };
  const data = async () => inflate(new Uint8Array(await (await ask("data")).arrayBuffer()));
  known = await (await ask("state")).text();
  const viewer = new Viewer(element, await data(), {
    links: true, whole: true, follows: true,
    entries: async (request) => new Float64Array(await (await ask("entries", request)).arrayBuffer()),
    whatif: {
      form: async () => (await ask("form")).json(),
      run: async (request) => inflate(new Uint8Array(await (await ask("whatif", request)).arrayBuffer())),
    },
    sweep: {
      form: async () => (await ask("sweepform")).json(),
      sweep: async (request) => (await ask("sweep", request)).json(),
      run: async (request) => inflate(new Uint8Array(await (await ask("run", request)).arrayBuffer())),
      ways: { ask: async () => (await ask("progress")).json(), stop: () => ask("stop", {}).catch(() => null) },
    },
  });
  let grew = performance.now();
  const follow = async () => {
    const began = performance.now();
    let trouble = "";
    try {
      const now = await (await ask("state")).text();
      // A page that is built anew would interrupt who types, drags or reads in a dialog; it waits for them.
      const waits = () => viewer.original || viewer.busy;
      const grown = now === known || waits() ? null : await data();
      if (grown && !waits()) {
        viewer.replace(grown);
        known = now;
        grew = began;
      }
    } catch (error) {
      // What the server says of the file is said; where nobody answers, the browser throws a TypeError.
      trouble = error instanceof TypeError ? "the server has ended" : error.message;
    }
    viewer.grows = !JSON.parse(known).closed && !trouble;
    viewer.root.classList.toggle("alone", Boolean(trouble));
    say(viewer.growth, trouble || (viewer.grows ? growing(performance.now() - grew) : ""));
    // The recording of a loop that has ended does not grow any more.
    if (!trouble && !viewer.grows) return;
    // A large recording takes its time: most of it belongs to the person.
    setTimeout(follow, Math.max(PAUSE, 3 * (performance.now() - began)));
  };
  follow();
  return viewer;
}

/** What is said of a loop that has not ended, or was killed: nobody can tell these apart from outside. */
function growing(quiet) {
  const seconds = Math.round(quiet / 1000);
  return seconds < 5 ? "recording" : `nothing new for ${seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`}`;
}

const json = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

/** The viewer in a notebook, as anywidget calls it. */
export async function render({ model, el }) {
  const packed = model.get("_data");
  const bytes = await inflate(new Uint8Array(packed.buffer, packed.byteOffset, packed.byteLength));
  const waiting = new Map();
  let count = 0;
  let progress = { done: 0, count: 0 };
  const host = h("div", {});
  // JupyterLab's own keys stay out of it.
  host.dataset.lmSuppressShortcuts = "true";
  el.replaceChildren(host);
  const ask = (kind, request) => new Promise((resolve, reject) => {
    waiting.set(++count, { resolve, reject });
    progress = { done: 0, count: 0 };
    model.send({ kind, id: count, request });
  });
  const viewer = new Viewer(host, bytes, {
    onmove(step, event) {
      model.set("step", step);
      model.set("event", event);
      model.save_changes();
    },
    entries: async (request) => new Float64Array((await ask("entries", request)).slice().buffer),
    whatif: {
      form: async () => model.get("_form"),
      run: async (request) => inflate(await ask("whatif", request)),
    },
    sweep: {
      form: async () => json(await ask("sweepform", null)),
      sweep: async (request) => json(await ask("sweep", request)),
      run: async (request) => inflate(await ask("run", request)),
      // Some kernels hear nothing while they compute, though they say how far it is; these can be interrupted.
      ways: { ask: async () => progress, stop: () => model.send({ kind: "stop" }), hint: "or interrupt the kernel" },
    },
  });
  viewer.root.style.height = `${model.get("height")}px`;
  const moved = () => {
    const [step, event] = [model.get("step"), model.get("event")];
    if (step !== viewer.step?.number || event !== viewer.at) viewer.goStep(step, event, { quiet: true });
  };
  const answered = (message, buffers) => {
    if (message?.kind === "progress") progress = message.progress;
    if (message?.kind !== "answer" || !waiting.has(message.id)) return;
    const { resolve, reject } = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error) return reject(new Error(message.error));
    const part = buffers[0];
    resolve(part instanceof DataView ? new Uint8Array(part.buffer, part.byteOffset, part.byteLength) : new Uint8Array(part));
  };
  model.on("change:step", moved);
  model.on("change:event", moved);
  model.on("msg:custom", answered);
  if (model.get("step") || model.get("event")) moved();
  return () => {
    model.off("change:step", moved);
    model.off("change:event", moved);
    model.off("msg:custom", answered);
    viewer.leave();
  };
}
