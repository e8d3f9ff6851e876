/* The little that a page does by itself. Everything works without it. */
(() => {
  "use strict";
  let followed = null;  // the list that goes on

  // What is chosen for the look of pages is seen at once, and kept when it is saved.
  document.querySelector("form[data-looks]")?.addEventListener("change", (event) => {
    const { name, value } = event.target;
    if (value) document.documentElement.dataset[name] = value;
    else delete document.documentElement.dataset[name];
  });

  // An image that waits comes when it is pressed.
  document.addEventListener("click", (event) => {
    const place = event.target.closest(".waits");
    if (!place) return;
    event.preventDefault();
    const image = new Image();
    place.classList.remove("waits");
    image.className = place.className;
    for (const [name, value] of Object.entries(place.dataset)) image.setAttribute(name, value);
    place.replaceWith(image);
  });

  // When something was, in the zone of who asks.
  document.addEventListener("pointerover", (event) => {
    const time = event.target.closest?.("time[datetime]");
    if (!time || time.dataset.zoned) return;
    time.dataset.zoned = "";
    const exact = new Date(time.dateTime).toLocaleString(document.documentElement.lang, { dateStyle: "long", timeStyle: "long" });
    time.title = [time.querySelector(".sr")?.textContent, exact].filter(Boolean).join(", ");
  });

  // What a stranger writes waits in this browser for the form that they get with an account: see drafts in writing.js.
  for (const area of document.querySelectorAll("[data-kept-for]")) {
    const key = "draft:" + area.dataset.keptFor;
    try { area.value = JSON.parse(localStorage.getItem(key))?.texts.body ?? area.value; } catch { /* nothing of use */ }
    area.addEventListener("input", () => {
      try { localStorage.setItem(key, JSON.stringify({ texts: { body: area.value }, at: Date.now() })); } catch { /* not allowed */ }
    });
  }

  // Links of the network that begin with web+ap are opened here, once the browser has asked.
  const opener = document.querySelector("[data-protocol]");
  if (opener && navigator.registerProtocolHandler) {
    opener.hidden = false;
    opener.addEventListener("click", () => {
      navigator.registerProtocolHandler(opener.dataset.protocol, location.origin + "/protocol_handler?to=%s");
    });
  }

  // The last feed is there without a network, too.
  if (window.isSecureContext && navigator.serviceWorker) {
    window.addEventListener("load", () => navigator.serviceWorker.register("/service_worker.js").catch(() => {}));
  }

  // A menu closes when the person turns to something else.
  document.addEventListener("click", (event) => {
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      if (!menu.contains(event.target) || event.target.closest("a, li > button")) menu.open = false;
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of document.querySelectorAll("details.menu[open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });

  // A second click on "send" sends nothing; the server holds to that as well.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || form.id === "act" || form.dataset.download !== undefined || event.submitter?.formTarget === "_blank") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    if (form.dataset.upload !== undefined && hasFile(form)) {
      event.preventDefault();
      upload(form);
    }
    mark(form, true);
  });
  window.addEventListener("pageshow", () => {
    for (const form of document.querySelectorAll("form[data-sent]")) mark(form, false);
  });

  function mark(form, sent) {
    if (sent) form.dataset.sent = "1";
    else delete form.dataset.sent;
    for (const button of form.querySelectorAll("button.button")) button.setAttribute("aria-busy", String(sent));
  }

  function hasFile(form) {
    return [...form.querySelectorAll("input[type=file]")].some((input) => input.files.length > 0 && input.offsetParent);
  }

  // An upload shows how far it is.
  function upload(form) {
    const bar = form.querySelector("progress");
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.responseType = "document";
    bar.hidden = false;
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = event.loaded / event.total;
    });
    request.addEventListener("load", () => {
      if (request.status < 400) history.pushState(null, "", request.responseURL);
      show(request.response);
    });
    request.addEventListener("error", () => {
      bar.hidden = true;
      mark(form, false);
      toast(document.body.dataset.lost);
    });
    request.send(new FormData(form));
  }

  function show(page) {
    const main = page?.querySelector("main");
    if (!main) return location.reload();
    document.title = page.title;
    for (const name of [".frame", "header.top"]) {
      const fresh = page.querySelector(name);
      document.querySelector(name)?.replaceWith(fresh);
      window.htmx?.process(fresh);
    }
    scrollTo(0, 0);
    (document.getElementById("errors") ?? document.querySelector(".notice[role=status]"))?.focus();
    document.body.dispatchEvent(new CustomEvent("htmx:afterSwap", { bubbles: true }));
  }

  // A vote or a bookmark changes in its place; a reply is written where it will stand.
  document.addEventListener("click", (event) => {
    if (!window.htmx || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const button = event.target.closest("button[formaction]");
    const place = button?.closest("[data-swap]");
    const link = event.target.closest("a[data-reply], a[data-edit]");
    if (place) {
      event.preventDefault();
      htmx.ajax("POST", button.getAttribute("formaction"), { source: button, target: place, swap: "outerHTML" });
    } else if (link) {
      event.preventDefault();
      htmx.ajax("GET", link.href, { source: link, target: answerPlace(link), swap: "innerHTML" });
    }
  });

  // A video is loaded from its site once somebody presses play, and not before.
  document.addEventListener("click", (event) => {
    const place = event.target.closest("[data-player] a")?.parentElement;
    if (!place || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const frame = document.createElement("iframe");
    Object.assign(frame, { src: place.dataset.player, allow: "autoplay; fullscreen; picture-in-picture", allowFullscreen: true });
    frame.title = event.target.textContent;
    frame.setAttribute("sandbox", "allow-scripts allow-same-origin allow-presentation allow-popups");
    place.replaceChildren(frame);
  });

  // The tab of what is shown is in sight.
  for (const tab of document.querySelectorAll(".tabs [aria-current]")) {
    const row = tab.parentElement;
    if (row.scrollWidth <= row.clientWidth) continue;
    const inner = tab.getBoundingClientRect(), outer = row.getBoundingClientRect();
    row.scrollLeft += inner.left + inner.width / 2 - outer.left - outer.width / 2;
  }

  // How much is unread changes while a page is open.
  const bells = document.querySelectorAll("[data-unread]");
  if (bells.length && window.EventSource) {
    let stream;
    const say = (event) => {
      const counts = JSON.parse(event.data);
      const unread = counts.replies + counts.mentions + counts.private_messages + counts.other;
      for (const bell of bells) {
        bell.textContent = unread > 99 ? "99+" : unread;
        bell.hidden = !unread;
      }
    };
    // A browser keeps few connections to a site open at once: pages that nobody looks at have none.
    const listen = () => {
      stream?.close();
      if (document.hidden) return;
      stream = new EventSource("/api/alpha/user/stream");
      stream.addEventListener("unread_count", say);
    };
    document.addEventListener("visibilitychange", listen);
    window.addEventListener("pagehide", () => stream?.close());
    listen();
  }

  // The image of a list's post grows in its place, and shrinks again.
  document.addEventListener("click", (event) => {
    const thumb = event.target.closest(".card .thumb:not([href^='http'])");
    if (!thumb || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    thumb.closest(".card").classList.toggle("is-large");
  });

  // Who answers with words of a comment chosen quotes them; pressing the link would choose others.
  document.addEventListener("pointerdown", (event) => {
    const link = event.target.closest("a[data-reply]");
    if (link) link.dataset.quote = chosenIn(link);
  });

  function chosenIn(link) {
    const chosen = getSelection(), text = link.closest(".comment")?.querySelector(":scope > .text");
    return text?.contains(chosen.anchorNode) && text.contains(chosen.focusNode) ? String(chosen).trim() : "";
  }

  // What else can be done with something opens as a menu beside the link to it.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-menu]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer?.ok) return location.assign(link.href);
    const menu = document.createElement("details");
    menu.className = "menu start";
    menu.innerHTML = "<summary></summary><div></div>";
    menu.open = true;
    const [summary, lines] = menu.children;
    summary.className = link.className;
    summary.setAttribute("aria-label", link.getAttribute("aria-label"));
    summary.append(...link.childNodes);
    lines.innerHTML = await answer.text();
    link.replaceWith(menu);
    menu.classList.toggle("end", lines.getBoundingClientRect().right > document.documentElement.clientWidth);
    summary.focus();
  });

  function answerPlace(link) {
    const actions = link.closest(".acts");
    let place = actions.nextElementSibling;
    if (!place?.classList.contains("inline-reply")) {
      place = document.createElement("div");
      place.className = "inline-reply";
      actions.after(place);
    }
    return place;
  }

  // Through a discussion: from branch to branch, to what is new, all of it folded away.
  const jumps = document.querySelector("[data-jumps]");
  if (jumps) {
    const comments = document.getElementById("comments");
    jumps.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (!button) return;
      if (button.dataset.jump) goOn(button.dataset.jump);
      else fold(button);
    });

    function goOn(where) {
      const found = comments.querySelectorAll(where === "new" ? ".comment.is-new" : ":scope > ul > li > .comment");
      const all = [...found].map((one) => one.parentElement);
      const line = document.querySelector(".top").getBoundingClientRect().bottom + 16;
      const tops = all.map((one) => one.getBoundingClientRect().top);
      const next = where === "-1" ? tops.findLastIndex((top) => top < line - 8) : tops.findIndex((top) => top > line + 8);
      const target = all[next] ?? (where === "new" ? all[0] : undefined);
      if (!target) return;
      for (let above = target.parentElement.closest("details"); above; above = above.parentElement.closest("details")) above.open = true;
      window.scrollBy({ top: target.getBoundingClientRect().top - line, behavior: "instant" });
      target.querySelector("summary").focus({ preventScroll: true });
    }

    function fold(button) {
      const folded = button.getAttribute("aria-pressed") !== "true";
      for (const one of comments.querySelectorAll(":scope > ul > li > .comment")) one.open = !folded;
      button.setAttribute("aria-pressed", String(folded));
    }
  }

  // What htmx could not do is said, not swallowed.
  document.addEventListener("htmx:responseError", (event) => {
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    toast(page.querySelector(".fault .words")?.textContent || document.body.dataset.failed);
  });
  document.addEventListener("htmx:sendError", () => toast(document.body.dataset.unreachable));

  function toast(words) {
    document.querySelector(".toast")?.remove();
    const box = document.createElement("div");
    box.className = "notice bad toast";
    box.setAttribute("role", "alert");
    box.textContent = words;
    document.body.append(box);
    setTimeout(() => box.remove(), 6000);
  }

  // Where a list goes on without a new page, the focus goes on as well.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target.matches?.("nav.more")) followed = event.detail.target.previousElementSibling;
  });
  document.addEventListener("htmx:afterSettle", () => {
    followed?.nextElementSibling?.querySelector(".title a")?.focus({ preventScroll: true });
    followed = null;
  });

  // An inline reply takes the focus, and goes away when it is not wanted.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (!event.target.classList.contains("inline-reply")) return;
    const area = event.target.querySelector("textarea"), link = event.detail.requestConfig?.elt;
    if (!area) return;
    const quote = link?.dataset.reply !== undefined && (link.dataset.quote || chosenIn(link));
    if (quote) area.value = quote.replace(/^/gm, "> ") + "\n\n";
    area.focus();
    area.setSelectionRange(area.value.length, area.value.length);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-cancel]");
    const place = link?.closest(".inline-reply");
    if (!place) return;
    event.preventDefault();
    place.replaceChildren();
  });

  document.getElementById("errors")?.focus();
})();
