/** Dark or light: as the system says, or as the person chose here, kept in this browser. */

import { ofBrowser } from "./store.js";

const KEY = "fugue.theme";

/** Show what was chosen before; to be called before the first drawing. */
export function applyTheme() {
  const chosen = ofBrowser.get(KEY);
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
}

/** @returns {"dark" | "light"} what is shown now */
export function shownTheme() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "dark" || chosen === "light") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

/**
 * Show the other one, and remember it unless it is what the system says anyway.
 * @returns {"dark" | "light"} what is shown now
 */
export function switchTheme() {
  delete document.documentElement.dataset.theme;
  const chosen = ofBrowser.get(KEY);
  const system = shownTheme();
  const before = chosen === "dark" || chosen === "light" ? chosen : system;
  const after = before === "dark" ? "light" : "dark";
  ofBrowser.set(KEY, after === system ? null : after);
  if (after !== system) document.documentElement.dataset.theme = after;
  document.documentElement.dispatchEvent(new Event("themechange"));
  return after;
}
