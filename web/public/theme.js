// Runs before the first paint, from a file of its own because the content security policy allows no inline script.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem("resolutionflow.theme");
  } catch {
    // Storage is blocked: the system's preference decides.
  }
  const light = theme === "light" || (theme !== "dark" && matchMedia("(prefers-color-scheme: light)").matches);
  document.documentElement.classList.toggle("dark", !light);
})();
