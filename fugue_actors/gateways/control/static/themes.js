/**
 * Which palette terminals have at the moment: dark and light follow the page.
 */

import { DARK, LIGHT } from "./palette.js";

const prefersDark = matchMedia("(prefers-color-scheme: dark)");

/** @returns {import("./palette.js").Palette} */
export function currentPalette() {
  const chosen = document.documentElement.dataset.theme;
  const isDark = chosen ? chosen === "dark" : prefersDark.matches;
  return isDark ? DARK : LIGHT;
}

/**
 * Call when the palette may be another one.
 * @param {() => void} listener
 * @returns {() => void} ends it
 */
export function onPaletteChange(listener) {
  const watching = new MutationObserver(listener);
  watching.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  prefersDark.addEventListener("change", listener);
  return () => {
    watching.disconnect();
    prefersDark.removeEventListener("change", listener);
  };
}
