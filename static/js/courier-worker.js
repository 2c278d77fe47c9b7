// What a courier's phone shows without a signal: the last page of parcels, and the files that it needs.
// courier.js puts them into the cache; when nobody is signed in any more, they go.
"use strict";
const kept = "waybill-courier";
const patience = 4000; // ms for the network, when there is a page to show instead

addEventListener("install", () => skipWaiting());
addEventListener("activate", (e) => e.waitUntil(clients.claim()));

addEventListener("fetch", (e) => {
  const url = new URL(e.request.url);
  if (e.request.method !== "GET" || url.origin !== location.origin) return;
  if (e.request.mode === "navigate" && url.pathname === "/courier") e.respondWith(page(e.request));
  else if (url.pathname.startsWith("/static/")) e.respondWith(file(e.request));
});

async function file(request) {
  return (await caches.match(request.url, { cacheName: kept })) || fetch(request);
}

async function page(request) {
  const last = await caches.match("/courier", { cacheName: kept });
  const network = fetch(request).then(async (answer) => {
    const out = answer.type === "opaqueredirect" || [401, 403, 404].includes(answer.status);
    if (out) await caches.delete(kept);
    return answer;
  });
  if (!last) return network;
  const late = new Promise((done) => setTimeout(done, patience, null));
  const answer = await Promise.race([network.catch(() => null), late]);
  return answer && !(answer.status >= 502 && answer.status <= 504) ? answer : last.clone();
}
