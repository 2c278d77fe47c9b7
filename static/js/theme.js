// Light or dark, before the first paint; loaded as a blocking script in the head.
// Also marks <html data-js>, so that the style sheet shows what only works with scripts.
(function () {
  "use strict";
  const root = document.documentElement;
  const key = "waybill-theme";
  root.dataset.js = "";

  function apply(theme) {
    if (theme === "dark" || theme === "light") root.dataset.theme = theme;
    else delete root.dataset.theme;
  }

  // A browser may forbid storage; the switch then works until the page is left.
  function remembered() {
    try { return localStorage.getItem(key); } catch { return null; }
  }
  function remember(theme) {
    try { localStorage.setItem(key, theme); } catch { /* nothing to keep it in */ }
  }

  apply(remembered());
  addEventListener("storage", (e) => { if (e.key === key) apply(e.newValue); });

  document.addEventListener("click", (e) => {
    if (!(e.target instanceof Element) || !e.target.closest("[data-theme-switch]")) return;
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    const next = (root.dataset.theme || system) === "dark" ? "light" : "dark";
    apply(next);
    remember(next);
  });
})();
