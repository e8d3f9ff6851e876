/* What helps who writes: drafts, a toolbar, whole handles, titles of pages. Everything works without it. */
(() => {
  "use strict";

  const KEEP = 30 * 86400000; // ms that a draft is kept
  const PREFIX = "draft:";
  const token = () => document.querySelector("input[name=csrf_token]")?.value ?? "";

  // Drafts: what was typed stays in this browser until it arrived, also when the session ended meanwhile.
  const fieldsOf = (form) => [...form.elements].filter((field) => field.name
    && (field.tagName === "TEXTAREA" || (field.tagName === "INPUT" && ["text", "url"].includes(field.type))));
  const keyOf = (form) => PREFIX + new URL(form.action).pathname;

  function read(key) {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  }
  function write(key, draft) {
    try { localStorage.setItem(key, JSON.stringify(draft)); } catch { /* full, or not allowed */ }
  }
  function drafts() {
    try { return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)); } catch { return []; }
  }

  function sweep() {
    const failed = document.querySelector("#errors, .fault, form[action='/auth/login']");
    for (const key of drafts()) {
      const draft = read(key);
      if (!draft || Date.now() - draft.at > KEEP || (draft.sent && !failed)) localStorage.removeItem(key);
      else if (draft.sent) write(key, { ...draft, sent: false });
    }
  }

  function keepDraft(form) {
    const texts = {};
    for (const field of fieldsOf(form)) if (field.value !== field.defaultValue) texts[field.name] = field.value;
    if (Object.values(texts).some((text) => text.trim())) write(keyOf(form), { texts, at: Date.now() });
    else localStorage.removeItem(keyOf(form));
  }

  function giveBack(form) {
    const draft = read(keyOf(form));
    const lost = fieldsOf(form).filter((field) => draft?.texts?.[field.name] && field.value === field.defaultValue
      && draft.texts[field.name] !== field.value);
    if (!lost.length) return;
    for (const field of lost) field.value = draft.texts[field.name];
    const note = document.getElementById("draft-note")?.content.cloneNode(true).firstElementChild;
    if (!note) return;
    form.before(note);
    note.querySelector("button").addEventListener("click", () => {
      for (const field of lost) field.value = field.defaultValue;
      localStorage.removeItem(keyOf(form));
      note.remove();
    });
  }

  // The toolbar.
  const marks = {
    bold: ["**", "**"], italic: ["*", "*"], code: ["`", "`"], link: ["[", "](https://)"],
    quote: ["> ", ""], list: ["- ", ""], spoiler: ["::: spoiler \n", "\n:::\n"],
  };
  function mark(area, name) {
    const [before, after] = marks[name];
    const { selectionStart: start, selectionEnd: end, value } = area;
    let chosen = value.slice(start, end);
    if (!after) chosen = chosen.replaceAll("\n", "\n" + before);
    area.setRangeText(before + chosen + after, start, end, "end");
    if (start === end && after) area.selectionStart = area.selectionEnd = start + before.length;
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }

  async function insertPicture(area, file) {
    const body = new FormData();
    body.append("csrf_token", token());
    body.append("image", file);
    const answer = await fetch("/user/files/upload", { method: "POST", body, headers: { Accept: "application/json" } })
      .catch(() => null);
    const said = answer && await answer.json().catch(() => null);
    if (!answer?.ok || !said?.url) return say(area, said?.message);
    const words = area.value.slice(area.selectionStart, area.selectionEnd);
    area.setRangeText(`![${words}](${said.url})`, area.selectionStart, area.selectionEnd, "end");
    area.focus();
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  function say(area, words) {
    const note = document.createElement("p");
    note.className = "error";
    note.setAttribute("role", "alert");
    note.textContent = words || area.closest("form").querySelector("[data-failed]")?.dataset.failed || "!";
    area.after(note);
    setTimeout(() => note.remove(), 6000);
  }

  function addToolbar(area) {
    const bar = document.getElementById("toolbar")?.content.cloneNode(true).firstElementChild;
    if (!bar || area.previousElementSibling?.classList.contains("toolbar")) return;
    area.before(bar);
    const picker = bar.querySelector("input[type=file]");
    bar.addEventListener("click", (event) => {
      const name = event.target.closest("button")?.dataset.mark;
      if (name === "picture") picker.click();
      else if (name) mark(area, name);
    });
    picker.addEventListener("change", () => {
      if (picker.files[0]) insertPicture(area, picker.files[0]);
      picker.value = "";
    });
    area.addEventListener("paste", (event) => {
      const file = [...event.clipboardData.files].find((one) => one.type.startsWith("image/"));
      if (!file) return;
      event.preventDefault();
      insertPicture(area, file);
    });
  }

  // Whole handles for the beginning of one.
  let asked = 0;
  function complete(area) {
    const list = document.createElement("ul");
    list.className = "handles";
    list.hidden = true;
    list.setAttribute("role", "listbox");
    area.after(list);
    let at = -1;
    const begun = () => /(?:^|[\s(])([@!][\w.-]{2,60})$/.exec(area.value.slice(0, area.selectionStart))?.[1];
    const close = () => { list.hidden = true; list.replaceChildren(); at = -1; };
    const take = (handle) => {
      const word = begun();
      if (word) area.setRangeText(handle + " ", area.selectionStart - word.length, area.selectionStart, "end");
      close();
      area.focus();
    };
    const point = (to) => {
      at = (to + list.children.length) % list.children.length;
      [...list.children].forEach((one, index) => one.setAttribute("aria-selected", String(index === at)));
    };
    area.addEventListener("input", async () => {
      const word = begun();
      if (!word) return close();
      const mine = ++asked;
      const answer = await fetch("/suggest?q=" + encodeURIComponent(word)).catch(() => null);
      const handles = answer?.ok ? await answer.json() : [];
      if (mine !== asked || begun() !== word) return;
      list.replaceChildren(...handles.map((handle) => {
        const line = document.createElement("li");
        line.setAttribute("role", "option");
        line.textContent = handle;
        line.addEventListener("mousedown", (event) => { event.preventDefault(); take(handle); });
        return line;
      }));
      list.hidden = !handles.length;
      if (handles.length) point(0);
    });
    area.addEventListener("keydown", (event) => {
      if (list.hidden) return;
      if (event.key === "ArrowDown" || event.key === "ArrowUp") point(at + (event.key === "ArrowDown" ? 1 : -1));
      else if (event.key === "Enter" || event.key === "Tab") take(list.children[at].textContent);
      else if (event.key === "Escape") close();
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    area.addEventListener("blur", close);
  }

  // Who has posted an address already, and what the page calls itself.
  function lookAt(form) {
    const [url, title, place] = [form.elements.url, form.elements.title, form.querySelector("[data-twins]")];
    url?.addEventListener("change", async () => {
      if (!/^https?:\/\/\S+\.\S/.test(url.value)) return;
      const answer = await fetch("/submit/look?url=" + encodeURIComponent(url.value)).catch(() => null);
      if (!answer?.ok) return;
      place.innerHTML = await answer.text();
      const said = place.querySelector("[data-title]")?.dataset.title;
      if (said && !title.value.trim()) title.value = said;
    });
  }

  // Pictures: several that are chosen at once go into the rows that follow; what was chosen is seen, and rows change places.
  function arrange(place) {
    const rows = () => [...place.querySelectorAll("[data-picture]")];
    const picker = (row) => row.querySelector("input[type=file]");
    const isFree = (row) => !picker(row).files.length && !row.querySelector("[name=picture]").value;
    const free = () => rows().find(isFree);

    // Of the empty rows the next one is enough.
    function refresh() {
      const next = free();
      const several = rows().filter((row) => !isFree(row)).length > 1;
      rows().forEach((row, at) => {
        row.querySelector("[name=position]").value = at + 1;
        const [words] = row.querySelector("label").childNodes;
        words.textContent = words.textContent.replace(/\d+/, at + 1);
        row.hidden = isFree(row) && row !== next;
        row.querySelector("[data-moves]").hidden = isFree(row) || !several;
      });
    }

    function put(row, file) {
      const carrier = new DataTransfer();
      carrier.items.add(file);
      picker(row).files = carrier.files;
      show(row, file);
      if (row.closest("details")) row.closest("details").open = true;
    }
    function show(row, file) {
      const reader = new FileReader();
      const image = document.createElement("img");
      image.alt = "";
      reader.addEventListener("load", () => { image.src = reader.result; row.querySelector(".thumb").replaceChildren(image); });
      reader.readAsDataURL(file);
    }
    function move(row, by) {
      const all = rows();
      const other = all[all.indexOf(row) + by];
      if (!other) return;
      const mark = document.createComment("");
      row.replaceWith(mark);
      other.replaceWith(row);
      mark.replaceWith(other);
      refresh();
    }

    place.classList.add("is-live");
    for (const row of rows()) picker(row).multiple = true;
    place.addEventListener("change", (event) => {
      if (event.target.type !== "file" || !event.target.files.length) return;
      const row = event.target.closest("[data-picture]");
      const [first, ...others] = event.target.files;
      if (others.length) put(row, first);
      else show(row, first);
      for (const file of others) {
        const next = free();
        if (next) put(next, file);
      }
      refresh();
    });
    place.addEventListener("click", (event) => {
      const button = event.target.closest("[data-move]");
      if (!button) return;
      move(button.closest("[data-picture]"), Number(button.dataset.move));
      button.focus();
    });
    refresh();
  }

  function setUp(root) {
    for (const place of root.querySelectorAll("[data-pictures]:not(.is-live)")) arrange(place);
    for (const form of root.querySelectorAll("form")) {
      const areas = form.querySelectorAll("textarea[data-written]");
      if (areas.length && !form.dataset.helped) {
        form.dataset.helped = "1";
        areas.forEach((area) => { addToolbar(area); complete(area); });
        giveBack(form);
        form.addEventListener("input", () => keepDraft(form));
        if (form.querySelector("[data-twins]")) lookAt(form);
      }
    }
  }

  document.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget === "_blank" || event.submitter?.name === "look") return;
    const draft = event.target.dataset.helped && read(keyOf(event.target));
    if (draft) write(keyOf(event.target), { ...draft, sent: true });
  }, true);

  document.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("form");
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || event.target.tagName !== "TEXTAREA") return;
    event.preventDefault();
    form?.requestSubmit(form.querySelector("button.button[type=submit]:not([formaction])"));
  });

  sweep();
  setUp(document);
  document.addEventListener("htmx:afterSwap", (event) => setUp(event.target));
})();
