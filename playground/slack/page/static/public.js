// What the public sees: conversations on the simulated networks.
import { el } from "./blocks.js";

const LABELS = { x: "X", reddit: "Reddit" };
let wanted = "all";
let latest = { threads: [], total: 0 };

export function networkName(id) {
  return LABELS[id.toLowerCase()] || id;
}

export function drawPublic(state) {
  latest = state;
  const networks = [...new Set(state.threads.map((t) => t.network))];
  const filters = document.getElementById("filters");
  const names = ["all", ...networks];
  if (filters.dataset.names !== names.join()) {
    filters.dataset.names = names.join();
    filters.replaceChildren(...names.map((name) => el("button", {
      type: "button", class: "chip", "aria-pressed": String(name === wanted),
      onclick: () => { wanted = name; filters.dataset.names = ""; drawPublic(latest); },
    }, name === "all" ? "All" : networkName(name))));
  }
  filters.hidden = networks.length < 2;
  const shown = state.threads.filter((t) => wanted === "all" || t.network === wanted);
  const list = document.getElementById("public-list");
  const kept = new Map([...list.children].map((node) => [node.dataset.id, node]));
  list.replaceChildren(...shown.map((thread) => {
    const print = JSON.stringify(thread);
    const old = kept.get(thread.id);
    if (old?.dataset.print === print) return old;
    const node = drawThread(thread);
    node.dataset.id = thread.id;
    node.dataset.print = print;
    return node;
  }));
  document.getElementById("public-empty").hidden = shown.length > 0;
  const answered = state.threads.filter((t) => t.posts.some((p) => p.by_brand)).length;
  return `${state.total} conversation${state.total === 1 ? "" : "s"} · ${answered} answered by the brand`;
}

function drawThread(thread) {
  return el("li", { class: "card" },
    el("div", { class: "card-head" },
      el("span", { class: `network ${thread.network.toLowerCase()}` }, networkName(thread.network)),
      thread.place ? el("span", {}, thread.place) : null),
    thread.title ? el("h3", {}, thread.title) : null,
    ...thread.posts.map((post) => drawPost(post, thread.network)));
}

function drawPost(post, network) {
  const at = new Date(post.at * 1000);
  return el("article", { class: `post depth-${post.depth} ${post.by_brand ? "brand" : ""}` },
    el("header", {},
      el("strong", {}, post.name), el("span", { class: "handle" }, `${network.toLowerCase() === "reddit" ? "u/" : "@"}${post.handle}`),
      post.by_brand ? el("span", { class: "chip-brand" }, "Brand’s reply") : null,
      el("time", { datetime: at.toISOString(), title: at.toLocaleString() }, ago(at))),
    el("p", {}, post.text));
}

function ago(at) {
  const minutes = Math.max(0, Math.round((Date.now() - at) / 60000));
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 60 * 24) return `${Math.round(minutes / 60)} h`;
  return at.toLocaleDateString(undefined, { day: "numeric", month: "short" });
}
