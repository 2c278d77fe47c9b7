// Keeps the open page equal to the truth. The page names its socket in
// <body data-live="/track/…/live">; the server sends the fragment of the page
// whenever it changes, "." each second while that is the truth, and "!" while it
// cannot know. Without this file the page works by reload.
(function () {
  "use strict";

  const silence = 2500; // ms without a frame: the connection is dead
  const pauses = [250, 500, 1000]; // ms before the next attempts; the last one repeats
  const signedOut = 4401; // close codes of the server
  const comeBack = 1012; // this node is going, another one is there

  let path = ""; // of the socket that we have or want
  let socket = null;
  let sure = false; // the last heartbeat was "."
  let heard = 0; // when the last frame came
  let ended = false; // signed out: only the person can begin again
  let attempts = 0;
  let watchdog = 0;
  let retry = 0;
  let settled = 0;

  function show() {
    const state = !navigator.onLine || ended ? "offline" : sure ? "live" : "reconnecting";
    const dot = document.getElementById("live-dot");
    if (!dot || !path) return;
    if (state === "reconnecting" && !heard && !attempts) return; // the first attempt: the server's own word stands
    dot.dataset.state = state;
    const word = dot.querySelector(".live-word");
    const text = state === "reconnecting" ? "reconnecting…" : state;
    if (word && word.textContent !== text) word.textContent = text;
  }

  // drop forgets the socket without waiting for its end, which a dead network never tells.
  function drop() {
    clearTimeout(watchdog);
    clearTimeout(retry);
    sure = false;
    if (!socket) return;
    const old = socket;
    socket = null;
    old.close();
  }

  function connect() {
    drop();
    ended = false;
    show();
    if (!path) return;
    const mine = new WebSocket(location.origin.replace(/^http/, "ws") + path);
    socket = mine;
    mine.onmessage = (event) => mine === socket && receive(event.data);
    mine.onclose = (event) => {
      if (mine !== socket) return;
      if (event.code === comeBack) moved();
      else lost(event.code === signedOut);
    };
    watch();
  }

  function watch() {
    clearTimeout(watchdog);
    watchdog = setTimeout(lost, silence, false);
  }

  // moved looks for another node at once, but not all pages in the same moment.
  function moved() {
    drop();
    show();
    attempts = 0;
    retry = setTimeout(connect, 200 * Math.random());
  }

  function lost(forGood) {
    drop();
    ended = forGood;
    show();
    if (ended) document.dispatchEvent(new CustomEvent("waybill:ended"));
    if (ended) return;
    const pause = pauses[Math.min(attempts, pauses.length - 1)];
    attempts += 1;
    retry = setTimeout(connect, pause * (0.8 + 0.4 * Math.random()));
  }

  function receive(text) {
    heard = Date.now();
    watch();
    if (text === "." || text === "!") {
      sure = text === ".";
      if (sure) attempts = 0;
      show();
      return;
    }
    const parsed = document.createElement("template");
    parsed.innerHTML = text;
    for (const fresh of [...parsed.content.children]) {
      const present = fresh.id && document.getElementById(fresh.id);
      if (present) replace(present, fresh);
    }
  }

  function replace(present, fresh) {
    const before = announcements(present);
    const news = announcements(fresh).filter((text) => !before.includes(text));
    const html = fresh.outerHTML;
    if (window.Waybill && window.Waybill.morph) {
      window.Waybill.morph(present, html, { outer: true });
    } else {
      window.Idiomorph.morph(present, html, { morphStyle: "outerHTML", ignoreActiveValue: true });
    }
    const announcer = document.getElementById("announcer");
    if (announcer && news.length) announcer.textContent = news.join(". ");
  }

  function announcements(element) {
    const marked = [...element.querySelectorAll("[data-announce]")];
    if (element.matches("[data-announce]")) marked.unshift(element);
    return marked.map((e) => e.textContent.trim().replace(/\s+/g, " ")).filter(Boolean);
  }

  // refresh looks whether the page now wants another socket; the one that it has
  // sends the present fragment again.
  function refresh() {
    const wanted = document.body.dataset.live || "";
    if (wanted !== path) {
      path = wanted;
      attempts = 0;
      connect();
      return;
    }
    show();
    if (socket && socket.readyState === WebSocket.OPEN) socket.send("resync");
  }

  // hurry does not wait for the next attempt when there is reason for hope. A
  // page that slept may not have noticed yet that its socket is dead.
  function hurry() {
    attempts = 0;
    if (path && (!sure || Date.now() - heard > silence)) connect();
  }

  document.addEventListener("htmx:afterSettle", () => {
    clearTimeout(settled);
    settled = setTimeout(refresh, 50); // one swap settles several elements
  });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && hurry());
  window.addEventListener("online", hurry);
  window.addEventListener("offline", show);
  window.addEventListener("pagehide", drop); // an open socket would keep the page out of the back/forward cache
  window.addEventListener("pageshow", (event) => event.persisted && hurry());

  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", refresh);
  else refresh();
})();
