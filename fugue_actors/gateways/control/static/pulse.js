/**
 * Asks the daemon now and then how it is. A connection over which no answer comes is
 * broken, though neither side may have noticed: a laptop slept, a tunnel hangs.
 */

const EVERY_MS = 20_000;
const PATIENCE_MS = 10_000;

/**
 * @param {import("./app.js").App} app
 * @param {(trouble: string[]) => void} onCondition told why the daemon is degraded, in
 *   words; empty if it is well
 */
export function keepPulse(app, onCondition) {
  const { connection } = app;
  let isAsking = false;

  async function ask() {
    if (isAsking || connection.phase !== "live" || document.hidden) return;
    isAsking = true;
    const timer = setTimeout(() => connection.breakOff(), PATIENCE_MS);
    try {
      const { reasons = [] } = await connection.request("status");
      onCondition(reasons);
    } catch {
      onCondition([]); // a refusal is an answer, too: this link may not know
    } finally {
      clearTimeout(timer);
      isAsking = false;
    }
  }

  setInterval(ask, EVERY_MS);
  connection.addEventListener("phase", ask);
  document.addEventListener("visibilitychange", ask);
}
