/* The front page as it was last read, for when there is no network. It takes the place of a worker that PieFed left. */
"use strict";

const FEED = "pieloop-feed", FILES = "pieloop-files";
const OFFLINE = "/offline", FRONT = "/";
// Whoever uses this browser next does not find what somebody else read.
const CHANGES_WHO = ["/auth/", "/user/settings/password", "/user/settings/delete"];

self.addEventListener("install", (event) => {
  event.waitUntil(keepOfflinePage().then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name !== FEED && name !== FILES) await caches.delete(name);
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  if (request.method === "POST" && CHANGES_WHO.some((path) => pathname.startsWith(path))) event.waitUntil(caches.delete(FEED));
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(event, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(file(request));
});

async function page(event, pathname) {
  try {
    const answer = await fetch(event.request);
    if (pathname === FRONT && answer.ok && !answer.redirected) event.waitUntil(keep(FEED, FRONT, answer.clone()));
    return answer;
  } catch (fault) {
    const kept = pathname === FRONT ? await caches.match(FRONT) : undefined;
    const answer = kept ?? await caches.match(OFFLINE);
    if (!answer) throw fault;
    return answer;
  }
}

// Their addresses change with what is in them, so one that is kept is never old; without a network any version will do.
async function file(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  try {
    const answer = await fetch(request);
    if (answer.ok) await keep(FILES, request, answer.clone());
    return answer;
  } catch (fault) {
    const [older] = await versionsOf(request, await caches.open(FILES));
    if (older) return caches.match(older);
    throw fault;
  }
}

async function keep(where, request, answer) {
  const cache = await caches.open(where);
  if (where === FILES) for (const one of await versionsOf(request, cache)) await cache.delete(one);
  await cache.put(request, answer);
}

async function versionsOf(request, cache) {
  const name = new URL(request.url).pathname.split("/").pop();
  return (await cache.keys()).filter((one) => one.url.endsWith("/" + name));
}

async function keepOfflinePage() {
  const answer = await fetch(OFFLINE, { credentials: "omit" });
  if (answer.ok) await keep(FILES, new Request(OFFLINE), answer);
}
