/** The bytes of a recording, as views/data.py writes them, and the numbers in them. Nothing here knows the DOM. */

export const LAYOUTS = ["all", "kept", "inputs", "none"];
const SUMMARY_HEAD = 56;
const SIZES = {
  float64: 8, float32: 4, float16: 2, bfloat16: 2, int64: 8, int32: 4, int16: 2, int8: 1,
  uint8: 1, uint16: 2, uint32: 4, uint64: 8, bool: 1, complex64: 8, complex128: 16,
};

/** @param {string} text base64 @returns {Uint8Array} */
export function fromBase64(text) {
  const own = /** @type {any} */ (Uint8Array).fromBase64; // of browsers since 2025
  if (own) return own.call(Uint8Array, text);
  const characters = atob(text.trim());
  const bytes = new Uint8Array(characters.length);
  for (let at = 0; at < bytes.length; at++) bytes[at] = characters.charCodeAt(at);
  return bytes;
}

/** Undo zlib. @param {Uint8Array} bytes @returns {Promise<Uint8Array>} */
export async function inflate(bytes) {
  const stream = new Blob([/** @type {BlobPart} */ (bytes)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Numbers that JSON cannot hold stand there as words. */
export const plainNumber = (value) => (typeof value === "string" ? Number(value) : value);

/**
 * @typedef {[number, number]} Reference slot and buffer
 * @typedef {{count: number, nonfinite: number, minimum: number, maximum: number, mean: number, norm: number,
 *   sample: ArrayLike<number>}} Summary
 * @typedef {{array: Float64Array | null, summary: Summary | null, shape: number[], dtype: string}} Value
 */

export class Recording {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length < 8 || String.fromCharCode(...bytes.subarray(0, 4)) !== "RGV1")
      throw new Error("these are not a recording's bytes for this viewer");
    const length = view.getUint32(4, true);
    this.head = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + length)));
    if (this.head.format !== 1)
      throw new Error(`this page has the format ${this.head.format}, and the viewer reads format 1: build it again`);
    const begin = Math.ceil((8 + length) / 8) * 8;
    const section = (name) => {
      const [place, size] = this.head.sections[name] ?? [0, 0];
      return bytes.subarray(begin + place, begin + place + size);
    };
    const floats = (name) => {
      const part = section(name).slice();
      return new Float64Array(part.buffer, 0, part.length / 8);
    };
    this.rows = section("rows");
    this.view = new DataView(this.rows.buffer, this.rows.byteOffset, this.rows.byteLength);
    this.loss = floats("loss");
    this.overlay = this.head.overlay ? { name: this.head.overlay, loss: floats("overlay") } : null;
    this.programs = this.head.programs;
    this.programs.forEach((program, number) => prepare(program, number));
    const table = floats("steps");
    const seconds = floats("seconds");
    const norms = floats("norms");
    const width = seconds.length ? norms.length / seconds.length : 0;
    this.steps = [];
    for (let row = 0; row < table.length / 8; row++) {
      const [number, program, layout, place, size, constants, bindings, finished] = table.subarray(8 * row, 8 * row + 8);
      this.steps.push({
        index: row, number, program: program < 0 ? null : this.programs[program], layout: LAYOUTS[layout], place, size,
        constants: this.head.constants[constants], bindings: this.head.bindings[bindings],
        finished: Boolean(finished), seconds: seconds[row], norms: norms.subarray(row * width, (row + 1) * width),
        wholes: null,
      });
    }
    for (const [row, buffer, place, size] of this.head.wholes)
      (this.steps[row].wholes ??= new Map()).set(buffer, { place, size });
    /** Comparisons by step and event. */
    this.compared = new Map();
    for (const row of this.head.comparisons) {
      const key = `${row.step} ${row.event}`;
      (this.compared.get(key) ?? this.compared.set(key, []).get(key)).push(row);
    }
    this.byNumber = new Map(this.steps.map((step) => [step.number, step.index]));
    /** @type {Map<string, Value | null>} */
    this.cache = new Map();
  }

  /** What a number in an operation was in this step. */
  constant(step, number) {
    return plainNumber(step.constants[number] ?? step.program.constants[number][1]);
  }

  /**
   * The numbers behind a reference, or null if this step does not hold them.
   * @param {any} step @param {Reference} reference @returns {Value | null}
   */
  value(step, [slot, buffer]) {
    const key = `${step.index} ${slot} ${buffer}`;
    let value = this.cache.get(key);
    if (value === undefined) {
      if (this.cache.size > 20000) this.cache.clear();
      value = this.read(step, slot, buffer);
      this.cache.set(key, value);
    }
    return value;
  }

  read(step, slotNumber, number) {
    const program = step.program;
    const slot = program?.slots[slotNumber];
    if (!slot || number < 0) return null;
    const [start, nbytes, , whole] = program.buffers[number];
    const kept = step.wholes?.get(number);
    const place = kept ? kept.place : placesOf(step)[number];
    if (place === undefined || place < 0) return null;
    const base = kept ? place : step.place + place;
    if (!whole && !kept) {
      const summary = this.summary(program, number, base);
      return { ...describe(slot), array: null, summary: summary.nonfinite < 0 ? null : summary }; // below 0: none was made
    }
    if (base + nbytes > this.rows.length) return null;
    const array = strided(this.view, base, start, nbytes, slot);
    return array && { ...describe(slot), array, summary: null };
  }

  summary(program, number, base) {
    const dtype = program.buffers[number][2];
    const whole = (offset) => Number(this.view.getBigInt64(base + offset, true));
    const real = (offset) => this.view.getFloat64(base + offset, true);
    const count = whole(0);
    const length = Math.min(16, count, (program.summaries[number] - SUMMARY_HEAD) / SIZES[dtype]);
    return {
      count, nonfinite: whole(8), minimum: real(16), maximum: real(24), mean: real(32), norm: real(40),
      sample: entries(this.view, base + SUMMARY_HEAD, length, dtype),
    };
  }

  /** Whether two steps hold the same bytes of a tensor; null if that cannot be said. */
  same(step, reference, other, otherReference) {
    const one = this.read(step, ...reference);
    const two = this.read(other, ...otherReference);
    if (!one || !two) return null;
    if (!(one.array ?? one.summary) || !(two.array ?? two.summary)) return null;
    const [a, b] = [one.array ?? one.summary.sample, two.array ?? two.summary.sample];
    if (a.length !== b.length) return false;
    for (let at = 0; at < a.length; at++) if (!Object.is(a[at], b[at])) return false;
    return one.array !== null || one.summary.norm === two.summary.norm;
  }
}

const describe = (slot) => ({ shape: slot.shape, dtype: slot.dtype });

/** Work out once for a program what the panels ask at every move of the cursor. */
function prepare(program, number) {
  program.number = number;
  program.places = new Map();
  /** For each storage, the events at which it got new content: [event, buffer]. */
  program.writes = new Map();
  /** For each slot, the first event at which it was there. */
  program.born = new Array(program.slots.length).fill(Infinity);
  /** For each slot of a parameter, the slot of its gradient. */
  program.gradientOf = new Map();
  /** For each gradient's slot, [event, there] where it came or went. */
  program.presence = new Map();
  program.slots.forEach((slot, at) => {
    slot.number = at;
    if (slot.gradient_of !== null && slot.gradient_of !== undefined) program.gradientOf.set(slot.gradient_of, at);
  });
  const see = (event, [slot, buffer], passing = false) => {
    program.born[slot] = Math.min(program.born[slot], event);
    const storage = program.slots[slot].storage;
    const known = program.writes.get(storage) ?? program.writes.set(storage, []).get(storage);
    // Memory may be seen in pieces, each a buffer; only an operation in place changes what the others show.
    const wrote = event >= 0 && /(_|__setitem__)$/.test(program.events[event].name);
    if (!known.some(([, before]) => before === buffer)) known.push([event, buffer, wrote]);
    // A gradient on its way may become .grad itself, as it does when there was none; it is not .grad before.
    if (program.slots[slot].gradient_of !== null && !passing) {
      const presence = program.presence.get(slot) ?? program.presence.set(slot, []).get(slot);
      if (!presence.at(-1)?.[1]) presence.push([event, true]);
    }
  };
  for (const reference of program.start) see(-1, reference);
  program.events.forEach((event, at) => {
    event.number = at;
    event.inputs.forEach((reference) => { if (program.born[reference[0]] === Infinity) see(at, reference, event.kind === "backward"); });
    for (const reference of event.outputs) see(at, reference, event.kind === "backward");
    for (const [, slot, buffer] of event.node?.out ?? []) see(at, [slot, buffer], true);
    if (event.kind === "clear" && !event.outputs.length)
      for (const [slot] of event.inputs) {
        const gradient = program.slots[slot].gradient_of !== null ? slot : program.gradientOf.get(slot);
        if (gradient !== undefined)
          (program.presence.get(gradient) ?? program.presence.set(gradient, []).get(gradient)).push([at, false]);
      }
  });
}

/** Whether a buffer holds all entries of a slot. */
export function covers(program, number, buffer) {
  if (buffer < 0) return true;
  const { shape, stride, offset, dtype } = program.slots[number];
  const [start, nbytes] = program.buffers[buffer];
  if (shape.includes(0)) return true;
  const last = shape.reduce((sum, length, axis) => sum + (length - 1) * stride[axis], offset);
  return offset * SIZES[dtype] >= start && (last + 1) * SIZES[dtype] <= start + nbytes;
}

/** Where each buffer begins in a row of this layout; -1 where it is not kept. */
function placesOf(step) {
  const { program, layout } = step;
  const key = layout === "inputs" ? step.bindings : layout;
  if (!program.places.has(key)) {
    const outside = new Set();
    if (layout === "inputs")
      program.start.forEach(([, buffer], at) => { if (step.bindings[at] === null) outside.add(buffer); });
    const places = [];
    let position = 0;
    program.buffers.forEach(([, nbytes, , whole, kept], number) => {
      const there = layout === "all" || (layout === "kept" && kept) || outside.has(number);
      places.push(there ? position : -1);
      if (there) position += whole ? nbytes : program.summaries[number];
    });
    program.places.set(key, places);
  }
  return program.places.get(key);
}

function strided(view, base, start, nbytes, slot) {
  const { shape, stride, offset, dtype } = slot;
  const size = SIZES[dtype];
  const count = shape.reduce((product, length) => product * length, 1);
  const result = new Float64Array(count);
  const first = offset * size - start;
  const index = new Array(shape.length).fill(0);
  const get = getter(view, dtype);
  let position = first;
  for (let at = 0; at < count; at++) {
    if (position < 0 || position + size > nbytes) return null;
    result[at] = get(base + position);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      position += stride[axis] * size;
      if (++index[axis] < shape[axis]) break;
      position -= index[axis] * stride[axis] * size;
      index[axis] = 0;
    }
  }
  return result;
}

function entries(view, base, length, dtype) {
  const get = getter(view, dtype);
  return Float64Array.from({ length: Math.max(length, 0) }, (_, at) => get(base + at * SIZES[dtype]));
}

/** How to read one entry; of a complex one its size. */
function getter(view, dtype) {
  switch (dtype) {
    case "float64": return (at) => view.getFloat64(at, true);
    case "float32": return (at) => view.getFloat32(at, true);
    case "float16": return (at) => half(view.getUint16(at, true));
    case "bfloat16": return (at) => brain(view.getUint16(at, true));
    case "int64": return (at) => Number(view.getBigInt64(at, true));
    case "int32": return (at) => view.getInt32(at, true);
    case "int16": return (at) => view.getInt16(at, true);
    case "int8": return (at) => view.getInt8(at);
    case "uint64": return (at) => Number(view.getBigUint64(at, true));
    case "uint32": return (at) => view.getUint32(at, true);
    case "uint16": return (at) => view.getUint16(at, true);
    case "complex64": return (at) => Math.hypot(view.getFloat32(at, true), view.getFloat32(at + 4, true));
    case "complex128": return (at) => Math.hypot(view.getFloat64(at, true), view.getFloat64(at + 8, true));
    default: return (at) => view.getUint8(at);
  }
}

const scratch = new DataView(new ArrayBuffer(4));

function brain(bits) {
  scratch.setUint32(0, bits << 16);
  return scratch.getFloat32(0);
}

function half(bits) {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 31) return fraction ? NaN : sign * Infinity;
  return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -24 * fraction);
}
