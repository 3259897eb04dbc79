/**
 * What outlives a reload: for this tab, or for this browser. A browser that keeps nothing
 * for anybody still gets a page that works, until it is loaded anew.
 */

/** @param {() => Storage} storage throws in a browser that keeps nothing */
function store(storage) {
  const meanwhile = new Map();
  return {
    /** @param {string} key */
    get(key) {
      try {
        return storage().getItem(key);
      } catch {
        return meanwhile.get(key) ?? null;
      }
    },
    /**
     * @param {string} key
     * @param {string | null} value null forgets it
     */
    set(key, value) {
      meanwhile.set(key, value);
      try {
        if (value === null) storage().removeItem(key);
        else storage().setItem(key, value);
      } catch {
        // It is kept for now, at least.
      }
    },
  };
}

export const ofTab = store(() => sessionStorage);
export const ofBrowser = store(() => localStorage);
