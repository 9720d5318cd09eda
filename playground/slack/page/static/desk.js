// The channel as a person sees it: asks for changes, draws what differs, sends what is pressed.
import { blocks, el, rich, words } from "./blocks.js";
import { drawModal, forgetModal, modalOf } from "./modal.js";
import { drawPublic } from "./public.js";

const $ = (id) => document.getElementById(id);
const app = document.querySelector(".app");
const wide = matchMedia("(min-width: 1101px)");
const POLL = 700;
let state = null;
let publicVersion = "";
let me = "";
let root = null;
let asking = false;
let heard = 0;

async function ask(path) {
  const answer = await fetch(path);
  if (answer.status === 204) return null;
  if (!answer.ok) throw new Error((await answer.json()).detail);
  return answer.json();
}

async function send(path, body) {
  const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user: me, ...body }) });
  const data = await answer.json();
  if (!answer.ok) throw new Error(typeof data.detail === "string" ? data.detail : "That did not work.");
  return data;
}

function toast(text) {
  const box = $("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(toast.timer);
  toast.timer = setTimeout(() => { box.hidden = true; }, 6000);
}

async function refresh() {
  if (asking) return;
  asking = true;
  try {
    const fresh = await ask(`/desk/state?me=${me}&since=${state ? state.version : ""}`);
    if (fresh) draw(fresh);
    const seen = await ask(`/desk/public?since=${publicVersion}`);
    if (seen) {
      if (publicVersion && app.dataset.pane !== "public") document.querySelector(".dot").hidden = false;
      publicVersion = seen.version;
      $("pane-sub").dataset.public = drawPublic(seen);
      if (app.dataset.pane !== "thread") $("pane-sub").textContent = $("pane-sub").dataset.public;
    }
    document.body.classList.remove("offline");
  } catch (error) {
    document.body.classList.add("offline");
    $("app-status").textContent = "The desk does not answer. It is tried again.";
    state = null;
  } finally {
    asking = false;
  }
}

function draw(fresh) {
  const first = !state || state.me !== me;
  state = { ...fresh, me };
  document.title = `#${state.channel} · ${state.team}`;
  document.querySelector(".team-name").textContent = state.team;
  document.querySelector(".team-mark").textContent = state.team[0];
  for (const node of document.querySelectorAll(".channel-name")) node.textContent = state.channel;
  const status = $("app-status");
  status.textContent = state.app_connected ? "amends is connected" : "amends is not connected, buttons will not answer";
  status.className = `sub ${state.app_connected ? "on" : "off"}`;
  drawAgents();
  tellWhispers(fresh, first);
  keeping($("messages"), first, () => drawMessages($("list"), state.messages, true));
  $("empty").hidden = state.messages.length > 0;
  drawThreadPane();
  drawModal(state.view);
}

function drawAgents() {
  const people = state.members.filter((m) => !m.bot);
  const print = JSON.stringify([people, me]);
  if ($("agents").dataset.print === print) return;
  $("agents").dataset.print = print;
  $("agents").replaceChildren(...people.map((person) => el("button", {
    type: "button", class: "agent", "aria-pressed": String(person.id === me), title: `${person.name}, ${person.title}`,
    onclick: () => become(person.id),
  }, avatar(person), el("span", { class: "who" }, el("span", {}, person.name), el("small", {}, person.title)))));
}

function become(id) {
  me = id;
  state = null;
  heard = 0;
  sessionStorage.setItem("me", id);
  forgetModal();
  refresh();
}

function avatar(person) {
  const index = state.members.findIndex((m) => m.id === person.id);
  const initials = person.bot ? "a" : person.name.split(" ").map((w) => w[0]).join("").slice(0, 2);
  return el("span", { class: `avatar tone-${person.bot ? "bot" : index % 5}`, "aria-hidden": "true" }, initials);
}

// Keep the reader at the end if they were there, else where they were.
function keeping(box, jump, change) {
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const inHand = document.activeElement?.closest?.("[data-ts]");
  const ts = inHand && box.contains(inHand) && isInView(box, inHand) ? inHand.dataset.ts : null;
  change();
  const after = ts && [...box.querySelectorAll("[data-ts]")].find((node) => node.dataset.ts === ts);
  if (atEnd || jump) box.scrollTop = box.scrollHeight;
  // A message that shrinks under the hand stays where the eye is.
  else if (after && !isInView(box, after)) after.scrollIntoView({ block: "nearest" });
  $("jump").hidden = box.id !== "messages" || atEnd || jump;
}

function isInView(box, node) {
  const [outer, inner] = [box.getBoundingClientRect(), node.getBoundingClientRect()];
  return inner.bottom > outer.top + 20 && inner.top < outer.bottom - 20;
}

// A word to me alone comes at the end of the channel; somebody who reads further up sees it too.
function tellWhispers(fresh, first) {
  const news = fresh.messages.filter((m) => m.only_you && Number(m.ts) > heard);
  if (news.length && !first) toast(words(news.at(-1).text));
  heard = Math.max(heard, ...news.map((m) => Number(m.ts)));
}

function drawMessages(list, messages, inChannel) {
  const kept = new Map([...list.children].map((node) => [node.dataset.ts, node]));
  const focused = document.activeElement;
  const held = focused?.closest?.("[data-ts]");
  const focusAt = held && list.contains(held) ? [held.dataset.ts, focused.dataset.key] : null;
  let day = "";
  const nodes = [];
  for (const message of messages) {
    const at = new Date(Number(message.ts) * 1000);
    const name = at.toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long" });
    if (inChannel && name !== day) {
      day = name;
      const old = kept.get(`day ${name}`);
      nodes.push(old || el("li", { class: "day", "data-ts": `day ${name}` }, el("span", {}, name)));
    }
    const answers = inChannel ? state.threads[message.ts] || [] : [];
    const print = JSON.stringify([message, answers.length, answers.at(-1)?.ts, me]);
    const old = kept.get(message.ts);
    if (old && old.dataset.print === print) { nodes.push(old); continue; }
    const node = drawMessage(message, at, answers);
    node.dataset.print = print;
    nodes.push(node);
  }
  if (nodes.length !== list.children.length || nodes.some((n, i) => n !== list.children[i])) {
    list.replaceChildren(...nodes);
    if (focusAt && !list.contains(document.activeElement)) {
      const again = nodes.find((n) => n.dataset.ts === focusAt[0]);
      (again?.querySelector(`[data-key="${CSS.escape(focusAt[1] || "")}"]`) || again)?.focus({ preventScroll: true });
    }
  }
}

function drawMessage(message, at, answers) {
  const person = state.members.find((m) => m.id === message.user);
  const press = (element, value, source) => pressed({ ts: message.ts }, element, value, source);
  const body = el("div", { class: "body" });
  if (message.only_you) body.append(el("p", { class: "only-you" }, "Only visible to you"));
  body.append(el("header", {},
    el("strong", {}, person.name), person.bot ? el("span", { class: "badge" }, "App") : null,
    el("time", { datetime: at.toISOString(), title: at.toLocaleString() }, at.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" })),
    message.edited ? el("span", { class: "edited" }, "(edited)") : null));
  if (message.blocks.length) body.append(el("div", { class: "blocks" }, blocks(message.blocks, press, NO_FORM)));
  else body.append(el("div", { class: "k-prose" }, rich(message.text)));
  if (answers.length) {
    const people = [...new Set(answers.map((a) => a.user))].map((id) => state.members.find((m) => m.id === id));
    body.append(el("button", { type: "button", class: "replies", "data-key": "thread", onclick: () => openThread(message.ts) },
      ...people.slice(0, 3).map(avatar), el("span", {}, `${answers.length} ${answers.length === 1 ? "reply" : "replies"}`)));
  } else if (!message.only_you) {
    body.append(el("button", { type: "button", class: "replies start", "data-key": "thread", onclick: () => openThread(message.ts) }, "Reply in thread"));
  }
  return el("li", { class: `message ${message.only_you ? "whisper" : ""}`, "data-ts": message.ts, tabindex: "-1" }, avatar(person), body);
}

const NO_FORM = { held: () => [], readers: new Map() };

async function pressed(where, element, value, source) {
  if (element.confirm && !(await confirmed(element.confirm))) { if (source.tagName === "SELECT") source.value = ""; return; }
  if (element.url && /^https?:/.test(element.url)) window.open(element.url, "_blank", "noopener,noreferrer");
  source.setAttribute("aria-busy", "true");
  try {
    const done = await send("/desk/press", { ...where, action_id: element.action_id, value });
    if (!done.acknowledged) toast("amends did not answer. Is it running? Try again in a moment.");
  } catch (error) {
    toast(error.message);
  } finally {
    source.removeAttribute("aria-busy");
    if (source.tagName === "SELECT") source.value = "";
    refresh();
  }
}

function confirmed(confirm) {
  const dialog = $("confirm");
  $("confirm-title").textContent = words(confirm.title);
  $("confirm-text").replaceChildren(rich(confirm.text));
  $("confirm-yes").textContent = words(confirm.confirm);
  $("confirm-yes").className = `button ${confirm.style || "primary"}`;
  $("confirm-no").textContent = words(confirm.deny);
  dialog.returnValue = "no";
  dialog.showModal();
  $("confirm-yes").focus();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

function drawThreadPane() {
  const open = root !== null && state.messages.some((m) => m.ts === root);
  if (root !== null && !open) root = null;
  if (!open && app.dataset.pane === "thread") setPane(wide.matches ? "public" : "none");
  if (!open) return;
  const messages = [state.messages.find((m) => m.ts === root), ...(state.threads[root] || [])];
  const box = $("thread");
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  drawMessages($("thread-list"), messages, false);
  for (const button of $("thread-list").querySelectorAll(".replies")) button.remove();
  if (atEnd) box.scrollTop = box.scrollHeight;
}

function openThread(ts) {
  root = ts;
  setPane("thread");
  drawThreadPane();
  $("thread").scrollTop = $("thread").scrollHeight;
  $("pane-close").focus();
}

function setPane(name) {
  app.dataset.pane = name;
  const thread = name === "thread";
  $("public").hidden = thread;
  $("thread").hidden = !thread;
  $("thread-composer").hidden = !thread;
  $("pane-title").textContent = thread ? "Thread" : "What the public sees";
  $("pane-sub").textContent = thread ? "Customers never see your team’s notes" : $("pane-sub").dataset.public || "";
  $("toggle-public").setAttribute("aria-pressed", String(name === "public"));
  if (name === "public") document.querySelector(".dot").hidden = true;
  $("nav-public").toggleAttribute("aria-current", name === "public" && !wide.matches);
  $("nav-channel").toggleAttribute("aria-current", wide.matches || name !== "public");
}

function compose(formId, inputId, thread) {
  $(formId).addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = $(inputId).value.trim();
    if (!text) return;
    $(inputId).value = "";
    const escaped = text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
    await send("/desk/say", { text: escaped, thread_ts: thread() }).catch((error) => { $(inputId).value = text; toast(error.message); });
    refresh();
  });
}

$("confirm-yes").addEventListener("click", () => $("confirm").close("yes"));
$("confirm-no").addEventListener("click", () => $("confirm").close("no"));
$("pane-close").addEventListener("click", () => { const thread = app.dataset.pane === "thread"; root = null; setPane(thread && wide.matches ? "public" : "none"); });
$("toggle-public").addEventListener("click", () => setPane(app.dataset.pane === "public" ? "none" : "public"));
$("nav-public").addEventListener("click", () => setPane("public"));
$("nav-channel").addEventListener("click", () => { setPane(wide.matches ? app.dataset.pane : "none"); $("messages").focus(); });
$("jump").addEventListener("click", () => { $("messages").scrollTop = $("messages").scrollHeight; $("jump").hidden = true; });
$("messages").addEventListener("scroll", () => { const box = $("messages"); if (box.scrollHeight - box.scrollTop - box.clientHeight < 80) $("jump").hidden = true; });
compose("composer", "say", () => null);
compose("thread-composer", "thread-say", () => root);

async function start() {
  modalOf({ send, refresh, pressed });
  const { agents } = await ask("/desk/me");
  const before = sessionStorage.getItem("me");
  me = agents.includes(before) ? before : agents[0];
  setPane(wide.matches ? "public" : "none");
  await refresh();
  const asked = location.hash.slice(1);
  document.querySelector(`[data-ts="${CSS.escape(asked)}"]`)?.scrollIntoView();
  setInterval(() => { if (!document.hidden) refresh(); }, POLL);
}

start();
