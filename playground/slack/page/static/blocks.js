// Block Kit as elements. Text only ever becomes a text node.

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

const TAGS = { b: "strong", i: "em", strike: "s", quote: "blockquote", code: "code", pre: "pre" };

export function rich(nodes) {
  const out = document.createDocumentFragment();
  for (const node of nodes || []) {
    if (node.k === "text") out.append(node.s);
    else if (node.k === "br") out.append(el("br"));
    else if (node.k === "a") out.append(el("a", { href: node.href, target: "_blank", rel: "noopener noreferrer" }, node.s));
    else if (node.k === "date") out.append(el("time", { class: "date", title: node.s }, date(node)))
    else if (node.k === "at") out.append(el("span", { class: "at" }, node.s));
    else if (node.c) out.append(el(TAGS[node.k], {}, rich(node.c)));
    else out.append(el(TAGS[node.k], {}, node.s));
  }
  return out;
}

const FORMATS = {
  date_num: { year: "numeric", month: "2-digit", day: "2-digit" },
  date: { year: "numeric", month: "long", day: "numeric" },
  date_short: { year: "numeric", month: "short", day: "numeric" },
  date_long: { weekday: "long", year: "numeric", month: "long", day: "numeric" },
  time: { hour: "2-digit", minute: "2-digit" },
  time_secs: { hour: "2-digit", minute: "2-digit", second: "2-digit" },
};

// Slack's date tokens in the reader's own zone; the "pretty" ones say today and yesterday.
function date(node) {
  const at = new Date(node.at * 1000);
  return node.format.replace(/\{(\w+)\}/g, (whole, token) => {
    const plain = token.replace("_pretty", "");
    if (!FORMATS[plain]) return whole;
    if (token !== plain) {
      const days = Math.round((new Date(at).setHours(0, 0, 0, 0) - new Date().setHours(0, 0, 0, 0)) / 86400000);
      if (Math.abs(days) < 2) return new Intl.RelativeTimeFormat(undefined, { numeric: "auto" }).format(days, "day");
    }
    return at.toLocaleString(undefined, FORMATS[plain]);
  });
}

export function words(nodes) {
  return (nodes || []).map((n) => (n.k === "br" ? " " : n.c ? words(n.c) : n.s)).join("");
}

// `press(element, value, source)` is called when somebody presses or chooses.
export function blocks(list, press, form = null) {
  const out = document.createDocumentFragment();
  for (const block of list) out.append(drawBlock(block, press, form));
  return out;
}

function drawBlock(block, press, form) {
  switch (block.type) {
    case "header":
      return el("h3", { class: "k-header" }, rich(block.text));
    case "divider":
      return el("hr", { class: "k-divider" });
    case "section":
      return drawSection(block, press, form);
    case "context":
      return el("div", { class: "k-context" }, ...block.elements.map((e) =>
        e.type === "image" ? el("span", { class: "k-image" }, e.alt_text) : el("span", {}, rich(e.nodes))));
    case "actions":
      return el("div", { class: "k-actions" }, ...block.elements.map((e) => drawElement(e, block, press, form)));
    case "image":
      return el("div", { class: "k-image block", role: "img", "aria-label": block.alt_text }, block.alt_text);
    case "input":
      return drawInput(block, form);
    default:
      return el("p", { class: "k-context" }, "This block cannot be shown here.");
  }
}

function drawSection(block, press, form) {
  const body = el("div", { class: "k-text" });
  if (block.text) body.append(el("div", { class: "k-prose" }, rich(block.text)));
  if (block.fields) body.append(el("div", { class: "k-fields" }, ...block.fields.map((f) => el("div", { class: "k-prose" }, rich(f.nodes)))));
  const side = block.accessory ? el("div", { class: "k-side" }, drawElement(block.accessory, block, press, form)) : null;
  return el("div", { class: "k-section" }, body, side);
}

function drawElement(element, block, press, form) {
  const key = `${block.block_id} ${element.action_id}`;
  switch (element.type) {
    case "image":
      return el("span", { class: "k-image" }, element.alt_text);
    case "button":
      return el("button", {
        type: "button", class: `button ${element.style || ""}`, "data-key": key, "data-action": element.action_id,
        onclick: (event) => press(element, element.value ?? null, event.currentTarget),
      }, rich(element.text), element.url ? " ↗" : null);
    case "overflow":
      return drawOverflow(element, key, press);
    case "static_select": {
      const select = drawSelect(element, { "data-key": key, "data-action": element.action_id, "aria-label": words(element.placeholder) || "Choose" });
      select.addEventListener("change", () => select.value && press(element, select.value, select));
      return select;
    }
    default:
      return drawChoices(element, block, key, form, (value, source) => press(element, value, source));
  }
}

function drawOverflow(element, key, press) {
  const details = el("details", { class: "overflow" });
  details.append(
    el("summary", { class: "button", "aria-label": "More actions", "data-key": key }, "⋯"),
    el("div", { class: "menu" }, ...element.options.map((option) =>
      el("button", {
        type: "button", "data-action": element.action_id, "data-value": option.value,
        onclick: (event) => { details.open = false; press(element, option.value, event.currentTarget); },
      }, rich(option.text)))),
  );
  details.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && details.open) { details.open = false; details.firstChild.focus(); event.stopPropagation(); }
  });
  details.addEventListener("focusout", (event) => { if (!details.contains(event.relatedTarget)) details.open = false; });
  return details;
}

function drawSelect(element, attributes) {
  const options = (list) => list.map((o) => el("option", { value: o.value }, words(o.text)));
  const select = el("select", attributes, el("option", { value: "" }, words(element.placeholder) || "Choose…"));
  if (element.option_groups) for (const group of element.option_groups) select.append(el("optgroup", { label: words(group.label) }, ...options(group.options)));
  else select.append(...options(element.options || []));
  return select;
}

function drawChoices(element, block, key, form, changed) {
  const many = element.type === "checkboxes";
  const held = form?.held(block.block_id, element.action_id) || [];
  const box = el("div", { class: "choices", role: many ? "group" : "radiogroup" });
  for (const option of element.options) {
    const input = el("input", { type: many ? "checkbox" : "radio", name: key, value: option.value });
    input.checked = held.includes(option.value);
    input.addEventListener("change", () => changed?.(option.value, input));
    box.append(el("label", {}, input, el("span", {}, rich(option.text), option.description ? el("small", {}, rich(option.description)) : null)));
  }
  return box;
}

function drawInput(block, form) {
  const element = block.element;
  const key = `${block.block_id} ${element.action_id}`;
  const id = `in-${key.replace(/[^\w-]/g, "_")}`;
  const described = `${id}-hint ${id}-error`;
  const held = form.held(block.block_id, element.action_id);
  let control;
  let read;
  if (element.type === "plain_text_input") {
    control = el(element.multiline ? "textarea" : "input", {
      id, placeholder: words(element.placeholder), maxlength: element.max_length, rows: element.multiline ? 7 : null,
      "aria-describedby": described, "aria-required": block.optional ? null : "true", "data-key": key,
    });
    control.value = held[0] ?? "";
    read = () => control.value;
  } else if (element.type === "static_select") {
    control = drawSelect(element, { id, "aria-describedby": described, "data-key": key });
    control.value = held[0] ?? "";
    read = () => control.value || null;
  } else {
    control = drawChoices(element, block, key, form, null);
    control.setAttribute("aria-labelledby", `${id}-label`);
    read = () => {
      const chosen = [...control.querySelectorAll("input:checked")].map((i) => i.value);
      return element.type === "checkboxes" ? chosen : chosen[0] ?? null;
    };
  }
  form.readers.set(block.block_id, read);
  const labelFor = control.id ? { for: id } : {};
  const label = el(control.id ? "label" : "div", { class: "k-label", id: `${id}-label`, ...labelFor }, rich(block.label), block.optional ? el("span", { class: "optional" }, " (optional)") : null);
  const row = el("div", { class: "k-input", "data-block": block.block_id }, label, control);
  if (element.type === "plain_text_input" && element.max_length) row.append(counter(control, element.max_length));
  row.append(
    block.hint ? el("p", { class: "k-hint", id: `${id}-hint` }, rich(block.hint)) : "",
    el("p", { class: "k-error", id: `${id}-error`, role: "alert", hidden: true }),
  );
  return row;
}

function counter(control, most) {
  const out = el("p", { class: "k-count", "aria-hidden": "true" });
  const show = () => {
    const length = [...control.value].length;
    out.textContent = `${length} / ${most}`;
    out.hidden = most > 1000 && length < most * 0.8; // far from a far limit it only distracts
  };
  control.addEventListener("input", show);
  show();
  return out;
}
