/**
 * Which palette terminals have at the moment: dark and light follow the page.
 */

import { DARK, LIGHT } from "./palette.js";
import { shownTheme } from "./theme.js";

/** @returns {import("./palette.js").Palette} */
export function currentPalette() {
  return shownTheme() === "dark" ? DARK : LIGHT;
}

/**
 * Call when the palette may be another one.
 * @param {() => void} listener
 * @returns {() => void} ends it
 */
export function onPaletteChange(listener) {
  const root = document.documentElement;
  const system = matchMedia("(prefers-color-scheme: dark)");
  root.addEventListener("themechange", listener);
  system.addEventListener("change", listener);
  return () => {
    root.removeEventListener("themechange", listener);
    system.removeEventListener("change", listener);
  };
}
