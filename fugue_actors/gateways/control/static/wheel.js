/**
 * The mouse wheel as keys, for programs that have a screen of their own: no earlier lines are
 * above it, and the wheel moves in what the program shows.
 */

/** Rows that a notch of the wheel is worth, and how far a notch is. */
const ROWS = 3;
const NOTCH_PX = 50;

/**
 * @param {(key: string) => void} press
 * @returns {(event: WheelEvent) => void} to be told of each turn
 */
export function wheelKeys(press) {
  let turned = 0;
  return (event) => {
    const isPixels = event.deltaMode === WheelEvent.DOM_DELTA_PIXEL;
    turned += isPixels ? event.deltaY : event.deltaY * NOTCH_PX;
    for (; Math.abs(turned) >= NOTCH_PX; turned -= Math.sign(turned) * NOTCH_PX) {
      for (let row = 0; row < ROWS; row += 1) press(turned < 0 ? "Up" : "Down");
    }
  };
}
