// A courier without a signal. What is confirmed is kept on the phone, shown, and sent when the signal is
// back; the page of parcels can be read meanwhile (courier-worker.js). Sending twice does no harm: the
// order is the key of each act. Without this file the page needs a signal, and nothing else.
//   Waybill.keep(detail)   of a request that got no answer, or was told to come again: whether it was kept
(function () {
  "use strict";
  const place = "waybill-kept", owner = "waybill-kept-by", pages = "waybill-courier";
  const pauses = [2000, 5000, 15000]; // ms between attempts; the last one repeats
  const quiet = 5000; // ms between two copies of the page

  const panel = () => document.getElementById("kept");
  const signedIn = () => document.querySelector(".person") !== null;

  function remembered(key) { try { return localStorage.getItem(key); } catch { return null; } }
  function remember(key, value) {
    try { value === null ? localStorage.removeItem(key) : localStorage.setItem(key, value); return true; } catch { return false; }
  }

  const who = () => panel()?.dataset.who || (signedIn() && remembered(owner)) || "";
  function all() { try { return JSON.parse(remembered(place) || "[]"); } catch { return []; } }
  const write = (items) => remember(place, items.length ? JSON.stringify(items) : null);
  const mine = () => all().filter((item) => item.who === who());
  const unsent = () => mine().filter((item) => !item.problem);
  const drop = (id) => write(all().filter((item) => item.id !== id));

  /* ---- keeping ---- */

  function keep(detail) {
    const { elt: form, formData: data } = detail.requestConfig || {}; // detail.elt is the whole page when there was an answer
    if (!(form instanceof HTMLFormElement) || !form.dataset.kept || !panel() || !data) return false;
    const order = data.get("order"), path = new URL(form.action).pathname;
    const name = (data.get("received_by") || "").trim();
    if (path.endsWith("/deliver") && !name) return false; // the page itself says what is missing
    if (!mine().some((item) => item.order === order && item.path === path)) {
      const at = new Date().toISOString().replace(/\.\d+Z$/, "Z");
      const item = { id: Date.now() + "-" + Math.random(), who: who(), order, path, at, body: String(new URLSearchParams([...data, ["at", at]])), says: form.dataset.kept + (name ? ", taken by " + name : "") };
      if (!write([...all(), item])) return false;
    }
    const fold = form.closest("details");
    if (fold) fold.open = false;
    show();
    soon();
    return true;
  }

  /* ---- showing ---- */

  let shown = "";

  function show() {
    const box = panel();
    if (!box) return;
    const items = mine(), left = unsent();
    box.hidden = !items.length;
    const now = JSON.stringify([items, sending, out]);
    if (now !== shown) {
      shown = now;
      document.getElementById("kept-title").textContent = headline(items, left);
      document.getElementById("kept-list").replaceChildren(...items.map(line));
    }
    for (const stop of document.querySelectorAll(".stop")) mark(stop, left);
    const bar = document.getElementById("act-bar");
    if (bar) bar.toggleAttribute("data-kept", left.some((item) => bar.querySelector("#deliver-" + item.order)));
  }

  function headline(items, left) {
    if (!left.length) return "Please read this:";
    const what = left.length === 1 ? "1 confirmation is" : left.length + " confirmations are";
    return what + " kept on this phone. " + (out ? "Sign in again to send what is kept." : "They are sent when the shop can be reached.").replace("They are", left.length === 1 ? "It is" : "They are");
  }

  function line(item) {
    const li = document.createElement("li"), text = document.createElement("p"), button = document.createElement("button");
    const clock = new Date(item.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hour12: false });
    text.textContent = item.says + ", " + clock + (item.problem ? ". " + item.problem : "");
    button.type = "button";
    button.className = "btn";
    button.textContent = item.problem ? "I have read it" : "Take it back";
    button.setAttribute("aria-label", button.textContent + ": " + item.says);
    button.disabled = item.id === sending;
    button.addEventListener("click", () => { drop(item.id); show(); });
    li.append(text, button);
    return li;
  }

  // mark says at the parcel itself that it is done as far as the courier can do it.
  function mark(stop, left) {
    const kept = left.some((item) => "stop-" + item.order === stop.id);
    stop.toggleAttribute("data-kept", kept);
    const word = stop.querySelector(":scope > .stop-kept");
    if (!kept) word?.remove();
    else if (!word) {
      const p = document.createElement("p");
      p.className = "stop-kept flag info";
      p.textContent = "kept on this phone, will be sent";
      stop.append(p);
    }
  }

  /* ---- sending ---- */

  let sending = "", out = false, timer = 0, tries = 0;

  function soon(wait = pauses[Math.min(tries, pauses.length - 1)]) {
    clearTimeout(timer);
    if (unsent().length) timer = setTimeout(send, wait);
  }

  function send() {
    if (sending || !navigator.onLine || !unsent().length) return soon();
    const run = async (lock) => { if (lock) await sendAll(); };
    const done = navigator.locks ? navigator.locks.request(place, { ifAvailable: true }, run) : run(true);
    done.finally(() => { sending = ""; show(); soon(); });
  }

  async function sendAll() {
    for (const item of unsent()) {
      if (!all().some((still) => still.id === item.id)) continue; // taken back meanwhile
      sending = item.id;
      show();
      const answer = await post(item);
      if (!answer) { tries += 1; return; }
      tries = 0;
      if (answer.ok) drop(item.id);
      else write(all().map((other) => (other.id === item.id ? { ...other, problem: answer.text } : other)));
      if (answer.ok) Waybill.tell("ok", answer.text);
    }
  }

  // post gives what came of it, null when nobody can say.
  async function post(item) {
    try {
      const answer = await fetch(item.path, {
        method: "POST", redirect: "manual", headers: { "X-Waybill-Kept": "1", "Content-Type": "application/x-www-form-urlencoded" },
        body: item.body, signal: AbortSignal.timeout(15000),
      });
      out = answer.type === "opaqueredirect" || answer.status === 401;
      if (out || answer.status >= 500 || answer.status === 408 || answer.status === 429) return null;
      return { ok: answer.ok, text: await answer.text() };
    } catch { return null; }
  }

  /* ---- the page for when there is no signal ---- */

  let copied = 0, copying = 0;

  function copySoon() {
    if (!panel() || !("caches" in window)) return;
    clearTimeout(copying);
    copying = setTimeout(() => copy().catch(() => {}), Math.max(500, copied + quiet - Date.now()));
  }

  async function copy() {
    copied = Date.now();
    const page = await fetch("/courier/kept", { redirect: "error" });
    if (!page.ok || !panel()) return;
    const cache = await caches.open(pages);
    const files = [...document.querySelectorAll("script[src], link[rel=stylesheet], link[rel=icon], main img")].map((el) => el.src || el.href);
    for (const old of await cache.keys()) if (!files.includes(old.url)) await cache.delete(old);
    for (const file of files) if (!(await cache.match(file))) await cache.add(file);
    await cache.put("/courier", page);
  }

  const forget = () => ("caches" in window ? caches.delete(pages) : Promise.resolve());

  // Who signs out leaves nothing behind, and loses nothing that was not sent.
  addEventListener("submit", (e) => {
    if (!(e.target instanceof HTMLFormElement) || new URL(e.target.action).pathname !== "/signout") return;
    if (unsent().length) {
      e.preventDefault();
      e.stopImmediatePropagation();
      Waybill.tell("error", "What is kept on this phone has not been sent yet. Wait for a signal, or take it back on your page of parcels.");
      return;
    }
    write(all().filter((item) => item.who !== who()));
    remember(owner, null);
    forget();
    navigator.serviceWorker?.getRegistration("/courier").then((worker) => worker?.unregister());
  }, true);

  /* ---- beginning ---- */

  function arrive() {
    const box = panel();
    if (!box) {
      if (!signedIn() && remembered(owner)) forget(); // the session ended by itself
      return;
    }
    remember(owner, box.dataset.who);
    navigator.serviceWorker?.register(box.dataset.worker, { scope: "/courier" }).catch(() => {});
    out = false;
    shown = "";
    show();
    copySoon();
    send();
  }

  window.Waybill.keep = keep;
  document.addEventListener("waybill:morphed", () => { show(); copySoon(); });
  document.addEventListener("waybill:page", arrive);
  document.addEventListener("waybill:ended", forget);
  addEventListener("storage", (e) => { if (e.key === place) show(); });
  addEventListener("online", () => { tries = 0; send(); });
  document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
  arrive();
})();
