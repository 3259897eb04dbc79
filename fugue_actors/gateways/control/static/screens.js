/**
 * The view of terminals: all of them as a grid, or one in full. The parts that draw are
 * fetched when they are first needed.
 */

import { h } from "./dom.js";

export const title = "Screens";

/**
 * @param {HTMLElement} host
 * @param {import("./app.js").App} app
 * @returns {import("./app.js").Mounted}
 */
export function mount(host, app) {
  const place = h("div.screens-place");
  host.append(place);
  /** @type {import("./app.js").Mounted | null} */
  let mounted = null;
  /** @type {string | null | undefined} */
  let shown;

  async function show() {
    const { view, paneId } = app.page;
    const wanted = view === "screens" ? paneId : undefined;
    if (wanted === shown) return;
    shown = wanted;
    const hadFocus = place.contains(document.activeElement);
    clear();
    if (wanted === undefined) return; // what is not seen is not watched either
    try {
      const next = await mountPart(wanted);
      if (shown === wanted) mounted = next;
      else next?.destroy();
      // Who came here by the keyboard goes on from here, not from the top of the page.
      if (hadFocus && shown === wanted) mounted?.focus?.();
    } catch (error) {
      if (shown !== wanted) return;
      clear();
      place.append(h("p.empty", { text: `This part of the page does not load: ${error.message}` }));
    }
  }

  /** @param {string | null} paneId */
  async function mountPart(paneId) {
    if (paneId === null) {
      const { mountThumbnails } = await import("./thumbnails.js");
      return shown === paneId ? mountThumbnails(place, app) : null;
    }
    const { mountScreen } = await import("./screen.js");
    return shown === paneId ? mountScreen(place, app, paneId) : null;
  }

  function clear() {
    mounted?.destroy();
    mounted = null;
    place.replaceChildren();
  }

  const stop = app.listen([app.page, "change", show]);
  show();
  return {
    focus: () => mounted?.focus?.(),
    destroy() {
      stop();
      clear();
      place.remove();
    },
  };
}
