/**
 * The token this page was opened with: from the address's fragment, out of sight at once.
 *
 * A fragment is never sent to a server. It is taken out of the address and the tab's history
 * before anything else happens. What the browser has noted in its profile no page can undo:
 * so links are good once, and the daemon gives this tab another token.
 * The token is kept for this tab only, so that a reload works and a closed tab forgets.
 */

import { ofTab } from "./store.js";

const KEY = "fugue.token";

/**
 * @param {string} fragment as in `location.hash`
 * @returns {string | null} the token in it, if it has one
 */
export function tokenIn(fragment) {
  const found = /^#(?:token=)?(fugue_[\w-]+)$/.exec(fragment);
  return found === null ? null : found[1];
}

/** @returns {string | null} the token of this tab, taken from its address if one is there */
export function takeToken() {
  const given = tokenIn(location.hash);
  if (given !== null) {
    history.replaceState(history.state, "", location.pathname + location.search);
    ofTab.set(KEY, given);
  }
  return given ?? ofTab.get(KEY);
}

/** @param {string} token what takes the place of the one in the address */
export function keepToken(token) {
  ofTab.set(KEY, token);
}

export function forgetToken() {
  ofTab.set(KEY, null);
}
