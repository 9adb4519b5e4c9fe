// Keeps the page at hand without network, and sends what waits when the network is back.
//
// The server writes the version and the files into the first line, so any change of any file is a
// new worker; it takes over when no page of the old version is open, or when a person says so.

import { sendAll } from "./outbox.js";
import { upload } from "./sessions.js";

const CACHE = `bilum-scan-${VERSION}`;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(CACHE)
      .then((cache) => cache.addAll(FILES.map((one) => new Request(one, { cache: "reload" })))),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => self.clients.claim()));
});

self.addEventListener("message", (event) => {
  if (event.data === "take-over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { method, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== self.location.origin || !FILES.includes(pathname)) return;
  event.respondWith(
    caches
      .open(CACHE)
      .then((cache) => cache.match(pathname))
      .then((found) => found ?? fetch(event.request)),
  );
});

self.addEventListener("sync", (event) => {
  event.waitUntil(
    upload()
      .then(sendAll)
      .then((outcome) => {
        // The browser tries a sync that failed again, later.
        if (outcome === "later") throw new Error("no network yet");
      }),
  );
});

async function forgetOthers() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith("bilum-scan-") && name !== CACHE);
  return Promise.all(old.map((name) => caches.delete(name)));
}
