// A clerk's pages by keyboard and scanner. It acts only where there is a scan field; every act
// is one of the page's own forms, so all of it can be done without this file too.
//   scans   each goes out in its turn, none is lost while an answer is on its way
//   keys    on the board: j k space r s / ?, while the scan field is empty and nothing else is being typed
//   marks   on the board: the chosen card stays chosen while the board changes around it
(function () {
  "use strict";
  const burst = 70; // ms: a scanner types the next character sooner than a person does
  const keys = "jkrs/? ";

  const at = (id) => document.getElementById(id);
  const scan = () => at("scan");
  const board = () => at("live-board");
  const cards = () => [...document.querySelectorAll("#cards .order-card")];
  const writing = (el) => el && el !== scan() && el.matches("input:not([type=hidden]), select, textarea, [contenteditable]");
  const opened = () => document.querySelector(".dialog:popover-open, dialog[open]");

  let chosen = ""; // id of the marked card, or of a parcel that was looked up
  let wasCard = false; // it stood among the cards when it was marked
  let place = ""; // the board that it belongs to
  let free = false; // after "/": every character is part of a code, until it is sent or left
  let held = ""; // the last key that acts
  let alone = 0; // the timer that finds out whether others follow it

  /* ---- the scan field has the focus, unless somebody writes elsewhere ---- */

  function home() {
    const field = scan();
    if (!field || opened() || !matchMedia("(pointer: fine)").matches) return;
    const now = document.activeElement;
    if (!now || now === document.body || now.id === "main") field.focus({ preventScroll: true });
  }

  // After a press with the mouse the scanner comes next; a press by keyboard keeps its place.
  document.addEventListener("click", (e) => {
    if (e.detail > 0 && scan() && e.target instanceof Element && e.target.closest("#live-board form button, #goods form button, .toast button")) {
      setTimeout(() => { document.activeElement?.blur(); home(); });
    }
  });

  /* ---- marks ---- */

  function mark(id, look) {
    chosen = id;
    for (const card of document.querySelectorAll("[data-selected]")) {
      if (card.id !== id) card.removeAttribute("data-selected");
    }
    const card = id && at(id);
    if (!card) return;
    card.setAttribute("data-selected", "");
    wasCard = card.matches(".order-card");
    if (!look) return;
    card.scrollIntoView({ block: "nearest" });
    say([card.getAttribute("aria-label"), card.querySelector(".packed-count")?.textContent].filter(Boolean).join(", "));
  }

  const say = (text) => { const voice = at("board-voice"); if (voice) voice.textContent = text; };

  function move(step) {
    const list = cards();
    if (!list.length) return;
    const now = list.findIndex((card) => card.id === chosen);
    const next = now < 0 ? 0 : Math.min(Math.max(now + step, 0), list.length - 1);
    mark(list[next].id, true);
  }

  /* ---- keys ---- */

  const press = (button) => button && !button.disabled && button.form.requestSubmit(button);
  const mine = (what) => (chosen && at(chosen)?.querySelector(what)) || null;

  function act(key) {
    if (key === "j") move(1);
    else if (key === "k") move(-1);
    else if (key === " ") press(mine('.check-box[data-pack]:enabled'));
    else if (key === "r") press(mine(".btn.ready"));
    else if (key === "s") press(document.querySelector("[data-send]"));
    else if (key === "/") free = true;
    else if (key === "?") at("keys")?.showPopover();
  }

  // A character that stays alone in the field is a key; one that others follow at once is a scan.
  document.addEventListener("keydown", (e) => {
    const field = scan();
    if (!field || e.ctrlKey || e.metaKey || e.altKey || e.isComposing || opened() || writing(e.target)) return;
    if (e.key === "Escape") free = false;
    if (e.key.length !== 1) return;
    if (e.target !== field) {
      if (e.key === " ") return; // it presses the button, or scrolls
      field.focus({ preventScroll: true });
    }
    if (board() && e.repeat && e.key === held) { // held down: it acts again and again
      e.preventDefault();
      return void act(e.key);
    }
    clearTimeout(alone);
    held = "";
    if (free || !board() || field.value !== "" || !keys.includes(e.key)) return;
    held = e.key;
    alone = setTimeout(() => {
      if (field.value !== e.key) return;
      field.value = "";
      act(e.key);
    }, burst);
  });

  document.addEventListener("focusout", (e) => { if (e.target.id === "scan") free = false; });

  /* ---- scans, one after the other ---- */

  const waiting = [];
  let sending = null; // the code that is on its way

  document.addEventListener("keydown", (e) => {
    if (e.key !== "Enter" || e.target !== scan()) return;
    e.preventDefault();
    take();
  });
  document.addEventListener("click", (e) => {
    if (!(e.target instanceof Element) || !e.target.closest("#scan-form button")) return;
    e.preventDefault();
    take();
    scan().focus();
  });

  function take() {
    const code = scan().value.trim();
    scan().value = "";
    free = false;
    if (code) waiting.push(code);
    next();
  }

  function next() {
    const form = at("scan-sender");
    if (sending || !waiting.length || !form) return;
    sending = waiting.shift();
    form.elements.code.value = sending;
    form.requestSubmit();
  }

  // A scan puts one unit more into a box, so one without an answer is not sent again by itself: it
  // goes back into the field, for a person to look at.
  document.addEventListener("htmx:afterRequest", (e) => {
    if (e.detail.elt?.id !== "scan-sender") return;
    const lost = !e.detail.xhr?.status;
    if (lost && scan() && scan().value === "") scan().value = sending;
    if (lost && waiting.length) say(waiting.splice(0).length + " more scans were not taken. Please scan them again.");
    sending = null;
    setTimeout(next);
  });

  /* ---- after each change of the page ---- */

  function settle() {
    if (!scan()) return;
    const now = chosen && at(chosen);
    if (chosen && (!now || wasCard && !now.matches(".order-card"))) { // it is done: the next one's turn
      const list = cards();
      chosen = "";
      if (list.length) mark(list[0].id, false);
    } else mark(chosen, false);
    home();
  }

  let wasInWork = false;

  function arrive() {
    if (place !== location.pathname) { place = location.pathname; chosen = ""; waiting.length = 0; sending = null; }
    const inWork = document.querySelector(".in-work");
    if (inWork && !wasInWork && !inWork.contains(document.activeElement)) inWork.querySelector("input:not([type=hidden]), select")?.focus();
    wasInWork = inWork !== null;
    const asked = at("board-mark")?.dataset.order;
    if (asked) mark("order-" + asked, true);
    settle();
  }

  document.addEventListener("waybill:morphed", settle);
  document.addEventListener("waybill:page", arrive);
  addEventListener("focus", home);
  arrive();
})();
