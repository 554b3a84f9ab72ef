"use strict";
// A chapter of the lesson in a page: what is asked must be predicted before the page goes on. No request leaves it.

const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const data = JSON.parse(document.getElementById("lesson").textContent);
const blocks = all(".block");
const root = document.documentElement;

// ---------------------------------------------------------------- sealed answers (lessons/sealing.py makes them)

// crypto.subtle does the same, but not in every browser for a page that was opened from a file.
const ROUNDS = [], START = [];
for (let n = 2, found = 0; found < 64; n++) {
  let prime = true;
  for (let d = 2; d * d <= n; d++) if (n % d === 0) { prime = false; break; }
  if (!prime) continue;
  if (found < 8) START.push((Math.sqrt(n) % 1) * 2 ** 32 | 0);
  ROUNDS.push((Math.cbrt(n) % 1) * 2 ** 32 | 0);
  found++;
}

function sha256(bytes) {
  const length = ((bytes.length + 9 + 63) >> 6) << 6;
  const padded = new Uint8Array(length);
  padded.set(bytes);
  padded[bytes.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(length - 4, bytes.length * 8);
  const hash = [...START], w = new Int32Array(64);
  const turn = (x, n) => (x >>> n) | (x << (32 - n));
  for (let at = 0; at < length; at += 64) {
    for (let i = 0; i < 64; i++) {
      if (i < 16) { w[i] = view.getInt32(at + 4 * i); continue; }
      const s0 = turn(w[i - 15], 7) ^ turn(w[i - 15], 18) ^ (w[i - 15] >>> 3);
      const s1 = turn(w[i - 2], 17) ^ turn(w[i - 2], 19) ^ (w[i - 2] >>> 10);
      w[i] = w[i - 16] + s0 + w[i - 7] + s1 | 0;
    }
    let [a, b, c, d, e, f, g, h] = hash;
    for (let i = 0; i < 64; i++) {
      const t1 = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & f) ^ (~e & g)) + ROUNDS[i] + w[i] | 0;
      const t2 = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & b) ^ (a & c) ^ (b & c)) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, d + t1 | 0, c, b, a, t1 + t2 | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, i) => { hash[i] = hash[i] + value | 0; });
  }
  const result = new DataView(new ArrayBuffer(32));
  hash.forEach((value, i) => result.setInt32(4 * i, value));
  return new Uint8Array(result.buffer);
}

/** What was sealed, if the key is the right one; else null. */
function unseal(text, key) {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const utf8 = new TextEncoder();
  for (let at = 0; at < bytes.length; at += 32) {
    const stream = sha256(utf8.encode(`${key}#${at / 32}`));
    for (let i = 0; i < 32 && at + i < bytes.length; i++) bytes[at + i] ^= stream[i];
  }
  try { return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)); } catch { return null; }
}

/** Grade an answer: { right, reason }, or null if it is no answer at all. */
function grade(name, answer) {
  const { sealed } = data.questions[name];
  const key = (what) => `${data.salt}/${name}/${what}`;
  if (sealed.kind === "choice") return sealed.letters[answer] ? unseal(sealed.letters[answer], key(answer)) : null;
  const number = Number(String(answer).trim().replace(",", "."));
  if (String(answer).trim() === "" || !Number.isFinite(number)) return null;
  for (const [place, { start, width, sealed: text }] of sealed.numbers.entries()) {
    const graded = unseal(text, key(`${place}/${Math.floor((number - start) / width)}`));
    if (graded) return graded;
  }
  return unseal(sealed.hint, key("hint"));
}

// ---------------------------------------------------------------- what was answered; kept where the browser keeps things

const place = `retrograd-lesson/${data.salt}`;
let answers = {};
try { answers = JSON.parse(localStorage.getItem(place)) ?? {}; } catch { /* then only until the page is closed */ }

function keep(name, answer) {
  answers[name] = answer;
  try { localStorage.setItem(place, JSON.stringify(answers)); } catch { /* the same */ }
  update();
}

/** Show all that may be seen: everything up to the first question without an answer. */
function update() {
  let open = true;
  for (const block of blocks) {
    block.hidden = !open;
    const name = block.dataset.question;
    if (block.classList.contains("question") && !(name in answers)) open = false;
    if (block.classList.contains("check")) showCheck(block, name);
  }
  document.querySelector(".locked").hidden = open;
  document.querySelector(".next").hidden = !open;
  document.getElementById("count").textContent = data.counted + data.order.map(plain).join(",");
  for (const dot of all(".dots a")) {
    const name = dot.dataset.question;
    const graded = name in answers ? grade(name, answers[name]) : null;
    dot.classList.toggle("right", Boolean(graded?.right));
    dot.classList.toggle("wrong", Boolean(graded && !graded.right));
    const state = !graded ? "open" : graded.right ? "right" : "not yet";
    dot.title = `question ${data.order.indexOf(name) + 1}: ${state}`;
    dot.setAttribute("aria-label", dot.title);
  }
  mountNear();
}

/** What was answered, as it can be typed in a terminal. */
function plain(name) {
  const answer = answers[name] ?? "";
  return data.questions[name].sealed.kind === "choice" || answer === "" ? answer : String(Number(answer.replace(",", ".")));
}

function showCheck(block, name) {
  const graded = name in answers ? grade(name, answers[name]) : null;
  block.classList.toggle("right", Boolean(graded?.right));
  block.classList.toggle("wrong", Boolean(graded && !graded.right));
  const text = block.querySelector("p");
  text.replaceChildren();
  showReport(block, graded?.report);
  if (!graded) return;
  const verdict = document.createElement("span");
  verdict.className = "verdict";
  verdict.textContent = graded.right ? "Right. " : "Not yet. ";
  text.append(verdict, `You predicted ${answers[name]}. `, ...prose(graded.reason), " ");
  if (!graded.right) {
    const back = document.createElement("a");
    back.href = `#${name}`;
    back.textContent = "Predict again";
    text.append(back);
  }
}

/** Text in which code stands between backticks. */
function prose(text) {
  return text.split("`").map((part, at) => {
    if (at % 2 === 0) return part;
    const code = document.createElement("code");
    code.textContent = part;
    return code;
  });
}

/** Show what `diagnose` finds, where the right answer has opened it. */
function showReport(block, text = "") {
  const report = block.querySelector("pre");
  report.textContent = text;
  report.hidden = !text;
}

for (const form of all(".question form")) {
  const name = form.closest(".block").dataset.question;
  const button = form.querySelector("button"), note = form.querySelector(".note");
  const typed = () => form.querySelector("input[type=text]")?.value ?? form.querySelector(":checked")?.value ?? "";
  const ready = () => { button.disabled = grade(name, typed()) === null; note.textContent = ""; };
  form.addEventListener("input", ready);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (grade(name, typed()) === null) { note.textContent = "A number such as 0.5"; return; }
    keep(name, typed().trim());
    button.textContent = "Predict again";
    note.textContent = "Noted. Read on; the check comes below.";
  });
  if (name in answers) {
    const field = form.querySelector("input[type=text]") ?? form.querySelector(`input[value="${CSS.escape(answers[name])}"]`);
    if (field?.type === "text") field.value = answers[name]; else if (field) field.checked = true;
    button.textContent = "Predict again";
  }
  ready();
}

// ---------------------------------------------------------------- recorded views: one viewer for all, mounted when they come near

let viewer = null;
function loadViewer() {
  if (!viewer) {
    const source = document.getElementById("viewer").textContent;
    const address = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    viewer = import(address).finally(() => URL.revokeObjectURL(address));
  }
  return viewer;
}

async function mountView(element) {
  if (element.dataset.state) return;
  element.dataset.state = "opening";
  try {
    if (!("DecompressionStream" in window)) throw new Error("the browser is older than 2023; a newer one shows it");
    const module = await loadViewer();
    const host = document.createElement("div");
    await module.mountPacked(host, element.querySelector("script").textContent, {});
    element.querySelector(".wait").replaceWith(host);
    element.dataset.state = "ready";
    fit(element);
  } catch (error) {
    element.querySelector(".wait").textContent = `This recording cannot be shown: ${error.message ?? error}`;
    element.dataset.state = "failed";
  }
}

/** Give a view as much height as there is: the screen's for a presenter, its own else. */
function fit(element) {
  const shown = element.querySelector(":scope > div")?.retrograd;
  const large = root.classList.contains("presenting") && innerWidth > 900;
  if (shown) shown.root.style.height = large ? `${Math.max(innerHeight - 150, 560)}px` : "";
}

const near = "IntersectionObserver" in window ? new IntersectionObserver((entries) => {
  for (const entry of entries) if (entry.isIntersecting) { near.unobserve(entry.target); mountView(entry.target); }
}, { rootMargin: "600px" }) : null;

function mountNear() {
  for (const element of all(".viewer")) {
    if (element.dataset.state) continue;
    if (near) near.observe(element); else if (!element.closest(".block").hidden) mountView(element);
  }
}

// ---------------------------------------------------------------- presenter: one section at a time, votes, reveal by key

let at = 0;

function present(on) {
  root.classList.toggle("presenting", on);
  document.querySelector("#present").setAttribute("aria-pressed", String(on));
  if (on) {
    const top = blocks.findIndex((block) => !block.hidden && block.getBoundingClientRect().bottom > 120);
    go(Math.max(top, 0));
  } else {
    blocks.forEach((block) => block.classList.remove("now"));
    update();
    all(".viewer").forEach(fit);
    blocks[at]?.scrollIntoView();
  }
}

function go(to) {
  at = Math.min(Math.max(to, 0), blocks.length - 1);
  blocks.forEach((block, number) => block.classList.toggle("now", number === at));
  scrollTo(0, 0);
  document.querySelector("#where").textContent = `${at + 1} of ${blocks.length}`;
  for (const element of all(".viewer", blocks[at])) { mountView(element); fit(element); }
  if (blocks[at].classList.contains("check")) reveal(blocks[at]);
}

/** Count a vote for an option, or take one back. */
function vote(number, change) {
  const options = all(".option", blocks[at]);
  if (!options[number]) return;
  options[number].votes = Math.max((options[number].votes ?? 0) + change, 0);
  const sum = options.reduce((total, option) => total + (option.votes ?? 0), 0);
  for (const option of options) {
    option.querySelector(".votes").textContent = option.votes ? String(option.votes) : "";
    option.querySelector(".share").style.width = sum ? `${100 * (option.votes ?? 0) / sum}%` : "0";
  }
}

/** Show what is right, with the reason of every option. */
function reveal(block) {
  const name = block.dataset.question;
  if (!name) return;
  const { sealed } = data.questions[name];
  for (const option of all(".option", block)) {
    const graded = grade(name, option.dataset.letter);
    option.classList.add(graded.right ? "right" : "wrong");
    option.querySelector(".reason").replaceChildren(...prose(graded.reason));
  }
  if (block.classList.contains("check") && !(name in answers)) {
    const letters = Object.keys(sealed.letters ?? {});
    const right = letters.map((letter) => [letter, grade(name, letter)]).find(([, graded]) => graded.right);
    const hint = sealed.kind === "number" ? unseal(sealed.hint, `${data.salt}/${name}/hint`).reason : "";
    block.querySelector("p").replaceChildren(...(right ? [`${right[0]}. `, ...prose(right[1].reason)] : prose(hint)));
    showReport(block, right?.[1].report);
  }
  if (sealed.kind === "number" && block.classList.contains("question"))
    block.querySelector(".note").textContent = unseal(sealed.hint, `${data.salt}/${name}/hint`).reason;
}

document.querySelector("#present").addEventListener("click", () => present(!root.classList.contains("presenting")));
addEventListener("keydown", (event) => {
  const inside = event.composedPath().find((node) => node.classList?.contains("viewer"));
  const typing = event.target.matches?.("input[type=text]") && !event.composedPath()[0].shadowRoot;
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (inside || typing) {
    if (key === "Escape" && !event.defaultPrevented) { document.activeElement?.blur(); event.preventDefault(); }
    if (typing && key === "Enter" && root.classList.contains("presenting")) document.activeElement.blur();
    return;
  }
  const presenting = root.classList.contains("presenting");
  if (key === "p") present(!presenting);
  else if (!presenting) return;
  else if (key === "Escape") present(false);
  else if (["ArrowRight", "PageDown", " "].includes(key)) go(at + 1);
  else if (["ArrowLeft", "PageUp"].includes(key)) go(at - 1);
  else if (key === "Home") go(0);
  else if (key === "End") go(blocks.length - 1);
  else if (key === "r") reveal(blocks[at]);
  else if (/^[1-9]$/.test(key)) vote(Number(key) - 1, event.shiftKey ? -1 : 1);
  else if (/^[a-i]$/.test(key)) vote(key.charCodeAt(0) - 97, event.shiftKey ? -1 : 1);
  else return;
  event.preventDefault();
});

update();
root.dataset.ready = "yes";
