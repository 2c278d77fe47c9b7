// Boosting: links and forms fetch the next page and morph it in; the address, the title and the
// back button behave as without scripts. Everything here is an improvement: each page works without it.
(function () {
  "use strict";

  /* ---- one press, one request ---- */

  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (!(form instanceof HTMLFormElement) || form.method === "dialog") return;
    if (form.hasAttribute("data-busy")) {
      e.preventDefault();
      e.stopImmediatePropagation();
      return;
    }
    form.setAttribute("data-busy", "");
    Waybill.noteSent(form);
  }, true);

  const free = (form) => form.removeAttribute?.("data-busy");
  addEventListener("pageshow", () => document.querySelectorAll("[data-busy]").forEach(free));
  document.addEventListener("htmx:afterRequest", (e) => free(e.detail.elt));

  /* ---- what came back ---- */

  const boosted = (detail) => detail.requestConfig?.boosted && detail.target === document.body;
  let arriving = null; // the page that is being swapped in
  let requests = 0, latestLink = 0;
  const turn = new WeakMap(); // request → its place in the row

  document.addEventListener("htmx:beforeSend", (e) => {
    turn.set(e.detail.xhr, ++requests);
    if (e.detail.elt instanceof HTMLAnchorElement) latestLink = requests;
  });

  document.addEventListener("htmx:beforeSwap", (e) => {
    const d = e.detail;
    if (!boosted(d)) return;
    if (d.xhr.status >= 502 && d.xhr.status <= 504 && Waybill.keep?.(d)) { // the shop cannot do it now: it is sent later
      d.shouldSwap = false;
      return;
    }
    if (turn.get(d.xhr) < latestLink) { // the reader has gone on to another page meanwhile
      d.shouldSwap = false;
      return;
    }
    const address = new URL(d.xhr.responseURL || location.href);
    const refused = d.xhr.status >= 400 && d.requestConfig.verb !== "get";
    const doc = new DOMParser().parseFromString(d.serverResponse, "text/html");
    const ours = /^text\/html/.test(d.xhr.getResponseHeader("Content-Type") || "") && doc.body.hasAttribute("hx-boost");
    if (!refused && (!ours || sheet(doc) !== sheet(document))) {
      d.shouldSwap = false; // a download, a foreign page or a newer program: the browser's own way
      location.assign(address.href);
      return;
    }
    if (!ours) {
      d.shouldSwap = false;
      tell("error", "That did not work. What you typed is still here; please try again.");
      return;
    }
    const toast = refused && doc.querySelector("[data-toast]");
    if (toast) { // it could not be done just now: the page with what was typed stays
      d.shouldSwap = false;
      tell("error", toast.dataset.toast);
      return;
    }
    d.shouldSwap = true;
    adopt(d.requestConfig.elt);
    const elsewhere = address.pathname !== location.pathname;
    const other = d.requestConfig.elt instanceof HTMLAnchorElement && address.search !== location.search;
    arriving = {
      doc, refused,
      form: d.requestConfig.elt instanceof HTMLFormElement ? d.requestConfig.elt : null,
      isNew: !refused && (elsewhere || other),
      anchor: d.pathInfo?.anchor,
    };
  });

  // A live update may have taken away the form that is being answered, and htmx looks among the form's
  // ancestors for how to swap. Without this the whole page would be replaced, with what is typed in it.
  function adopt(elt) {
    if (elt.isConnected) return;
    const top = elt.getRootNode();
    for (const name of ["hx-ext", "hx-swap"]) top.setAttribute?.(name, document.body.getAttribute(name));
  }

  const sheet = (doc) => doc.querySelector("link[rel=stylesheet]")?.getAttribute("href");

  // A refused form leaves the address alone, so that a reload shows the page and not an error.
  document.addEventListener("htmx:beforeHistoryUpdate", (e) => {
    const h = e.detail.history;
    if (arriving?.refused) { h.type = "replace"; h.path = location.pathname + location.search; }
    else if (h.type === "push" && h.path === location.pathname + location.search) h.type = "replace";
  });

  htmx.defineExtension("page", {
    handleSwap(style, target, fragment) {
      if (style !== "page" || !arriving) return false;
      const page = arriving;
      const lay = () => Waybill.keepFocus(() => Idiomorph.morph(target, [...fragment.children], { morphStyle: "innerHTML" }));
      const kept = () => (page.form ? Waybill.asAnswerTo(page.form, lay) : lay());
      const nodes = page.isNew ? Waybill.asNewPage(lay) : kept();
      copyAttributes(page.doc.documentElement, document.documentElement, ["lang"]);
      copyAttributes(page.doc.body, document.body, ["class", "data-live"]);
      return nodes;
    },
  });

  function copyAttributes(from, to, names) {
    for (const name of names) {
      if (from.hasAttribute(name)) to.setAttribute(name, from.getAttribute(name));
      else to.removeAttribute(name);
    }
  }

  document.addEventListener("htmx:afterSettle", (e) => {
    const page = arriving;
    if (!page || e.detail.target !== document.body) return;
    arriving = null;
    if (page.isNew && !page.anchor) scrollTo(0, 0);
    lookAt(page);
    document.dispatchEvent(new CustomEvent("waybill:page"));
    document.dispatchEvent(new CustomEvent("waybill:morphed", { detail: { target: document.body } }));
  });

  // The summary of errors first, then what the page itself asks for, then its beginning.
  function lookAt(page) {
    const summary = page.doc.querySelector(".error-summary") && document.querySelector(".error-summary");
    if (summary) return summary.focus();
    if (!page.isNew) return;
    const first = document.querySelector("main [autofocus]") || document.getElementById("main");
    first?.focus({ preventScroll: true });
  }

  /* ---- where one is ---- */

  // On a phone the pages stand in one row that scrolls: the page that one is on is in view, and so is the link
  // that the keyboard has come to.
  function bringIntoView(link) {
    const row = link.parentElement;
    row.scrollLeft = link.offsetLeft - row.offsetLeft - (row.clientWidth - link.offsetWidth) / 2;
  }
  const showPlace = () => document.querySelectorAll(".site-nav [aria-current]").forEach(bringIntoView);
  document.addEventListener("waybill:page", showPlace);
  showPlace();
  document.addEventListener("focusin", (e) => {
    if (e.target.matches(".site-nav > a:focus-visible")) bringIntoView(e.target);
  });

  /* ---- what stands over the page ---- */

  // Escape closes the details.move that one is in, or the one that is open when one is nowhere, and the focus is
  // where it was opened. What was typed stays in it. A dialog above it is closed by the browser, first.
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || e.defaultPrevented || e.isComposing || document.querySelector(":popover-open, dialog[open]")) return;
    const now = document.activeElement, nowhere = !now || now === document.body || now.id === "main";
    const fold = nowhere ? document.querySelector("details.move[open]") : now.closest("details.move[open]");
    if (!fold) return;
    e.preventDefault();
    fold.open = false;
    fold.querySelector("summary").focus();
  });

  /* ---- paper ---- */

  document.addEventListener("click", (e) => {
    if (e.target instanceof Element && e.target.closest("[data-print]")) print();
  });

  /* ---- a page that could not be shown ---- */

  // It looks again every second or two, not all at the same time, and opens when it can.
  const away = [502, 503, 504];
  let look = 0;
  function watch() {
    clearTimeout(look);
    const link = document.querySelector("a[data-looks]");
    if (!link) return;
    document.querySelector(".error-next").textContent = link.dataset.looks;
    look = setTimeout(lookAgain, 1000 + 1000 * Math.random(), link);
  }
  async function lookAgain(link) {
    let there = false;
    try {
      const answer = await fetch(link.href, { method: "HEAD", cache: "no-store", redirect: "manual" });
      there = !away.includes(answer.status);
    } catch { /* nobody answers yet */ }
    if (there && link.isConnected) link.click();
    else watch();
  }
  document.addEventListener("waybill:page", watch);
  watch();

  /* ---- what the reader is told ---- */

  function tell(kind, text) {
    const toast = document.createElement("div");
    toast.className = "toast";
    toast.dataset.kind = kind;
    toast.innerHTML = '<p class="toast-text"></p><span class="toast-bar"></span>';
    toast.querySelector("p").textContent = text;
    document.getElementById("toasts")?.replaceChildren(toast);
  }
  for (const name of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(name, (e) => {
      if (!Waybill.keep?.(e.detail)) tell("error", "No answer from the shop. What you typed is still here; please try again.");
    });
  }

  window.Waybill.tell = tell;

  // The bar under a toast is its clock; hovering or focusing the toast stops it (parts.css).
  document.addEventListener("animationend", (e) => {
    if (e.animationName === "drain") e.target.closest(".toast")?.remove();
  });
})();
