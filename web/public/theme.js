// Runs before the first paint, from a file of its own because the content security policy allows no inline script.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem("resolutionflow.theme");
  } catch {
    // Storage is blocked: the page stays dark.
  }
  document.documentElement.classList.toggle("dark", theme !== "light");
})();
