// The modal that is open: draws it, keeps what is typed, sends it off, shows what was wrong.
import { blocks } from "./blocks.js";

const $ = (id) => document.getElementById(id);
let form = null;
let desk = null;

// `page` gives what the modal needs of the desk: send(path, body), refresh(), pressed(...).
export function modalOf(page) {
  desk = page;
}

export function forgetModal() {
  if ($("modal").open) $("modal").close();
  form = null;
}

export function drawModal(view) {
  const dialog = $("modal");
  if (!view) { if (dialog.open) dialog.close(); form = null; return; }
  if (form && form.view === view.id && form.hash === view.hash) return;
  const typed = form && form.view === view.id ? form.read() : {};
  form = newForm(view, typed);
  $("modal-title").textContent = view.title;
  $("modal-body").replaceChildren(blocks(view.blocks, (element, value, source) => desk.pressed({ view: view.id }, element, value, source), form));
  $("modal-problem").hidden = true;
  $("modal-submit").hidden = view.submit === null;
  $("modal-submit").textContent = view.submit || "";
  $("modal-close").textContent = view.close;
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector(".modal-body textarea, .modal-body input, .modal-body select") || $("modal-x")).focus();
}

function newForm(view, typed) {
  const readers = new Map();
  const held = (block, action) => {
    if (block in typed) return [typed[block]].flat();
    const value = view.values[block]?.[action];
    if (!value) return [];
    if (value.value) return [value.value];
    if (value.selected_option) return [value.selected_option.value];
    return (value.selected_options || []).map((o) => o.value);
  };
  return { view: view.id, hash: view.hash, held, readers, read: () => Object.fromEntries([...readers].map(([id, read]) => [id, read()])) };
}

async function submitted(event) {
  event.preventDefault();
  if (!form || $("modal-submit").disabled) return;
  showErrors({}, null);
  $("modal-submit").disabled = true;
  try {
    const done = await desk.send("/desk/submit", { view: form.view, values: form.read() });
    showErrors(done.errors, done.problem);
  } catch (error) {
    showErrors({}, error.message);
  } finally {
    $("modal-submit").disabled = false;
    desk.refresh();
  }
}

function showErrors(errors, problem) {
  let first = null;
  for (const row of $("modal-body").querySelectorAll("[data-block]")) {
    const text = errors[row.dataset.block];
    const note = row.querySelector(".k-error");
    note.textContent = text || "";
    note.hidden = !text;
    const control = row.querySelector("textarea, input, select");
    control.setAttribute("aria-invalid", String(Boolean(text)));
    if (text && !first) first = control;
  }
  first?.focus();
  $("modal-problem").textContent = problem || "";
  $("modal-problem").hidden = !problem;
}

async function closeModal(event) {
  event?.preventDefault();
  if (!form) return;
  const view = form.view;
  await desk.send("/desk/close", { view }).catch(() => {});
  desk.refresh();
}

$("modal").addEventListener("cancel", closeModal);
$("modal").querySelector("form").addEventListener("submit", submitted);
$("modal").addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submitted(event); });
$("modal-x").addEventListener("click", closeModal);
$("modal-close").addEventListener("click", closeModal);
