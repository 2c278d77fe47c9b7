// Morphing: new HTML is laid over the page so that nothing of the reader's is lost.
// Kept: text typed and not yet sent, what is ticked, chosen, unfolded or open, focus, scroll.
// Marked: elements with data-glow whose text changed, and what joins a list with data-glow-new.
// The rules hang on Idiomorph's defaults, so that boosted pages (forms.js) and live fragments
// (live.js) follow the same ones.
//
// Left alone: data-keep, what only this page knows, while it belongs to the same address; and by live
// fragments data-refused, a form that came back with what is wrong with it, which only its own answer knows.
//
//   Waybill.morph(target, html)                  morphs what is inside target
//   Waybill.morph(target, html, {outer: true})   morphs target itself
//   Waybill.asNewPage(fn)                        while fn runs nothing is kept and nothing glows
//   Waybill.asAnswerTo(form, fn)                 while fn runs the fields sent with form follow the server
//   Waybill.keepFocus(fn)                        runs fn and brings focus back if it was lost
(function () {
  "use strict";
  const changed = new WeakSet();   // elements of which the text is about to change
  const sent = new WeakMap();      // form → Map(field → what it held when it was sent)
  let newPage = false;
  let live = false;                // a live fragment is being laid: it knows of nobody's refused form
  let answered = null;             // the Map of the form that is being answered

  const words = (el) => el.textContent.replace(/\s+/g, " ").trim();
  const state = (el) => (el.type === "checkbox" || el.type === "radio" ? el.checked : el.value);

  function selectTouched(select) {
    let initial = -1;
    for (const o of select.options) if (o.defaultSelected) initial = o.index;
    if (initial < 0) initial = select.multiple ? -1 : 0;
    return select.selectedIndex !== initial;
  }

  // touched says whether the reader changed this field since the server wrote it.
  function touched(el) {
    if (answered?.has(el) && answered.get(el) === state(el)) return false;
    if (el instanceof HTMLSelectElement) return selectTouched(el);
    if (el.type === "checkbox" || el.type === "radio") return el.checked !== el.defaultChecked;
    return el.type !== "hidden" && el.value !== el.defaultValue;
  }

  // own says whether an attribute belongs to the reader rather than to the server.
  function own(name, el) {
    if (newPage) return false;
    if (name === "open") return el instanceof HTMLDetailsElement || el instanceof HTMLDialogElement;
    if (name === "data-selected") return true;
    if (name === "value") return (el instanceof HTMLInputElement || el instanceof HTMLTextAreaElement) && touched(el);
    if (name === "checked") return el instanceof HTMLInputElement && touched(el);
    if (name === "selected" && el instanceof HTMLOptionElement) {
      const select = el.closest("select");
      return select !== null && touched(select);
    }
    return false;
  }

  function glow(el) {
    el.classList.remove("glow");
    void el.offsetWidth; // the animation starts again
    el.classList.add("glow");
    setTimeout(() => el.classList.remove("glow"), 1200);
  }

  Object.assign(Idiomorph.defaults.callbacks, {
    beforeNodeMorphed(old, fresh) {
      if (!(old instanceof Element) || !(fresh instanceof Element)) return true;
      if (old.hasAttribute("data-keep") && fresh.hasAttribute("data-keep") && old.getAttribute("action") === fresh.getAttribute("action")) return false;
      if (live && old.hasAttribute("data-refused")) return false;
      if (old.matches("[data-glow], .toast") && words(old) !== words(fresh)) changed.add(old);
      return true;
    },
    afterNodeMorphed(old) {
      if (!(old instanceof Element) || !changed.delete(old)) return;
      if (old.matches(".toast")) restart(old);
      else if (!newPage) glow(old);
    },
    afterNodeAdded(node) {
      if (!newPage && node instanceof Element && node.parentElement?.hasAttribute("data-glow-new")) glow(node);
    },
    beforeAttributeUpdated: (name, el) => !own(name, el),
  });

  // restart gives a toast with new words its full ten seconds again.
  function restart(toast) {
    for (const a of toast.getAnimations({ subtree: true })) { a.cancel(); a.play(); }
  }

  function keepFocus(fn) {
    const before = document.activeElement;
    const places = [];
    for (let el = before; el && el !== document.body; el = el.parentElement) {
      if (el.id && (el === before || el.hasAttribute("tabindex"))) places.push(el.id);
    }
    const result = fn();
    const lost = !document.activeElement || document.activeElement === document.body;
    if (lost && before && before !== document.body) {
      if (before.isConnected) before.focus({ preventScroll: true });
      for (const id of places) {
        if (document.activeElement !== document.body) break;
        document.getElementById(id)?.focus({ preventScroll: true });
      }
    }
    return result;
  }

  function morph(target, html, options = {}) {
    const el = typeof target === "string" ? document.querySelector(target) : target;
    if (!el) return;
    live = true;
    try {
      keepFocus(() => Idiomorph.morph(el, html, { morphStyle: options.outer ? "outerHTML" : "innerHTML" }));
    } finally { live = false; }
    if (el.isConnected) htmx.process(el);
    document.dispatchEvent(new CustomEvent("waybill:morphed", { detail: { target: el } }));
  }

  function asNewPage(fn) {
    newPage = true;
    try { return fn(); } finally { newPage = false; }
  }
  function noteSent(form) {
    const fields = [...form.elements].filter((el) => el.matches("input, select, textarea"));
    sent.set(form, new Map(fields.map((el) => [el, state(el)])));
  }
  function asAnswerTo(form, fn) {
    answered = sent.get(form) || null;
    try { return fn(); } finally { answered = null; }
  }

  window.Waybill = { morph, keepFocus, asNewPage, asAnswerTo, noteSent };
})();
