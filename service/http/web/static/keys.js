/* Single keys for who reads by keyboard: they can be turned off, and do nothing where somebody types. */
(() => {
  "use strict";
  const OFF = "keys-off";
  const ITEMS = ".feed .card, #comments .thread > li";

  const read = () => { try { return localStorage.getItem(OFF) !== null; } catch { return false; } };
  const write = (off) => {
    try { if (off) localStorage.setItem(OFF, ""); else localStorage.removeItem(OFF); } catch { /* not allowed */ }
  };

  const choice = document.querySelector("[data-keys]");
  if (choice) {
    choice.checked = !read();
    choice.addEventListener("change", () => write(!choice.checked));
  }

  // What the focus is in: a comment, a card, else the post that the page is about.
  const here = () => document.activeElement.closest(ITEMS);
  const subject = () => here() ?? document.querySelector("main > .post");
  const own = (selector) => {
    const item = subject();
    return [...(item?.querySelectorAll(selector) ?? [])].find((one) => (one.closest(ITEMS) ?? one.closest(".post")) === item);
  };
  const press = (selector) => () => own(selector)?.click();

  function walk(step) {
    const items = [...document.querySelectorAll(ITEMS)].filter((one) => one.checkVisibility());
    const from = here();
    const line = document.querySelector(".top").getBoundingClientRect().bottom;
    const below = items.findIndex((one) => one.getBoundingClientRect().top >= line);
    const next = from ? items.indexOf(from) + step : step > 0 ? below : below - 1;
    const item = items[next];
    if (!item) return;
    const target = item.querySelector(".title a, summary");
    target.focus({ preventScroll: true });
    item.scrollIntoView({ block: "nearest" });
    const top = item.getBoundingClientRect().top;
    if (top < line || top > innerHeight - 120) window.scrollBy({ top: top - line - 16, behavior: "instant" });
  }

  const DOES = {
    j: () => walk(1),
    k: () => walk(-1),
    a: press(".vote.up"),
    z: press(".vote.down"),
    s: press("[id^=save-]"),
    r: () => (own("[data-reply]") ?? document.querySelector("#comments form textarea"))?.[here() ? "click" : "focus"](),
    x: press("summary"),
    o: press("a.thumb[href^=http], .linkcard"),
    "/": () => (document.querySelector("#find")?.checkVisibility() ? document.querySelector("#find").focus() : location.assign("/search")),
    "?": () => location.assign("/keyboard_shortcuts"),
  };

  document.addEventListener("keydown", (event) => {
    const does = Object.hasOwn(DOES, event.key) && DOES[event.key];
    if (!does || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.repeat && event.key !== "j" && event.key !== "k") return;
    if (event.target.closest("input, textarea, select, [contenteditable], dialog") || read()) return;
    event.preventDefault();
    does();
  });
})();
