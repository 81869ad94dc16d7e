// The console's own script. Everything works without it: what it opens, copies or moves to has a plain way too.
const find = (what, within = document) => within.querySelector(what);
const all = (what, within) => [...(within.matches?.(what) ? [within] : []), ...within.querySelectorAll(what)];
const say = (text) => { (find("[data-copy-status]") ?? find("[data-status]")).textContent = text; };

// What only works here is hidden until it does; it is also said to what htmx brings in.
function awake(root) {
  for (const each of all("[data-js], [data-copies], [data-copies-value]", root)) each.hidden = false;
  for (const each of all("[data-hides-in]", root)) countDown(each);
}

async function copy(text) {
  try { await navigator.clipboard.writeText(text); say("Copied."); }
  catch { say("The browser did not allow copying. Select the text and copy it."); }
}

// Copied, not shown: the value is in the answer and nowhere on the page.
async function copyValue(form) {
  const headers = { "HX-Request": "true", "HX-Current-URL": location.href };
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers });
  const elsewhere = answer.headers.get("HX-Redirect");
  if (elsewhere) location.assign(elsewhere);
  else if (answer.ok) copy(await answer.text());
  else find("#notice").innerHTML = await answer.text();
}

let before; // what htmx replaced last
const masks = new WeakMap(); // and by the box of a value, what it replaced
addEventListener("htmx:beforeSwap", ({ detail: { target } }) => {
  before = target.cloneNode(true);
  for (const each of all(".htmx-request", before)) each.classList.remove("htmx-request");
});

// A value that is shown goes by itself, and at once when nobody looks at the page.
function countDown(box) {
  let seconds = Number(box.dataset.hidesIn);
  if (before) masks.set(box, before);
  const over = () => { clearInterval(tick); removeEventListener("visibilitychange", away, true); };
  const hide = () => { over(); if (box.isConnected) find("[data-hide]", box).click(); };
  const away = () => { if (document.hidden) hide(); };
  const tick = setInterval(() => {
    seconds -= 1;
    find("[data-seconds]", box).textContent = seconds;
    if (seconds <= 0 || !box.isConnected) hide();
  }, 1000);
  addEventListener("visibilitychange", away, true);
}

// Back to what stood there before the value did.
function mask(event, button) {
  const box = button.closest("[data-hides-in]"), masked = masks.get(box);
  if (!masked) return; // the whole page came with the value, and the link leads to the page without
  event.preventDefault();
  box.replaceWith(masked);
  window.htmx.process(masked);
}

function chooseTheme(form) {
  const now = document.documentElement.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
  const theme = now === "dark" ? "light" : "dark";
  const body = new FormData(form);
  body.set("theme", theme);
  document.documentElement.dataset.theme = theme;
  fetch(form.action, { method: "POST", body, redirect: "manual" });
}

function moveInPalette(event) {
  const options = [...document.querySelectorAll("#palette [role=option]")];
  const at = options.findIndex((each) => each.ariaSelected === "true");
  if (event.key === "Enter" && at >= 0) { event.preventDefault(); options[at].click(); }
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!step || !options.length) return;
  event.preventDefault();
  options.forEach((each) => { each.ariaSelected = "false"; });
  const next = options[(at + step + options.length) % options.length];
  next.ariaSelected = "true";
  next.scrollIntoView({ block: "nearest" });
  event.target.setAttribute("aria-activedescendant", next.id);
}

let goes = 0; // when G was pressed
function shortcut(event) {
  const key = event.key.toLowerCase();
  if ((event.ctrlKey || event.metaKey) && key === "k") { event.preventDefault(); return find("#palette")?.showModal(); }
  if (event.target.closest("#palette")) return moveInPalette(event);
  if (event.ctrlKey || event.metaKey || event.altKey || document.documentElement.dataset.keys === "off") return;
  if (event.target.closest("input, textarea, select, [contenteditable]") || find("dialog[open]")) return;
  const going = Date.now() - goes < 1500;
  goes = key === "g" ? Date.now() : 0;
  const to = going ? find(`[data-go="${CSS.escape(key)}"]`) : { n: find("[data-new]"), "/": find(".searchfield input") }[key];
  if (key === "?") find("#shortcuts")?.showModal();
  else if (to) { event.preventDefault(); to.matches("input") ? to.focus() : to.click(); }
}

addEventListener("keydown", shortcut);
addEventListener("click", (event) => {
  const on = (what) => event.target.closest(what);
  if (on("[data-palette]")) { event.preventDefault(); find("#palette").showModal(); }
  if (on("[data-copies]")) copy(document.getElementById(on("[data-copies]").dataset.copies).textContent.trim());
  if (on("[data-hide]")) mask(event, on("[data-hide]"));
  if (on("[data-dismiss]")) on("[data-dismiss]").parentElement.remove();
  const button = on("button[commandfor]");
  if (button && !("commandForElement" in button)) {
    const dialog = document.getElementById(button.getAttribute("commandfor"));
    button.getAttribute("command") === "close" ? dialog.close() : dialog.showModal();
  }
});
addEventListener("submit", (event) => {
  if (event.target.matches("[data-theme-form]")) { event.preventDefault(); chooseTheme(event.target); }
  if (event.target.matches("[data-copies-value]")) { event.preventDefault(); copyValue(event.target); }
});
addEventListener("dragover", (event) => { if (find("[data-drop]")) event.preventDefault(); });
addEventListener("drop", async (event) => {
  const box = find("[data-drop]"), file = event.dataTransfer?.files[0];
  if (!box || !file) return;
  event.preventDefault();
  box.value = await file.text();
  box.dispatchEvent(new Event("input", { bubbles: true }));
});
addEventListener("htmx:load", (event) => awake(event.detail.elt));
addEventListener("htmx:afterSwap", (event) => event.detail.target.closest("dialog:not([open])")?.showModal());
if (!window.htmx) awake(document.body);
