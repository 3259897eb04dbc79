/**
 * Places on a ring, and curves through its inside. Pure geometry.
 *
 * @typedef {{x: number, y: number, angle: number}} Place
 * @typedef {{width: number, height: number}} Size
 */

const MARGIN_PX = 110;
const SMALLEST_PX = 60;

/**
 * Spread ids over an ellipse that leaves room for their names.
 * @param {string[]} ids
 * @param {Size} size
 * @returns {Map<string, Place>}
 */
export function ring(ids, { width, height }) {
  const across = Math.max(SMALLEST_PX, width / 2 - MARGIN_PX);
  const down = Math.max(SMALLEST_PX, height / 2 - MARGIN_PX);
  // Rather round than stretched: lines of a flat ellipse are hard to follow.
  const [rx, ry] = [Math.min(across, down * 1.4), Math.min(down, across * 1.4)];
  const places = new Map();
  ids.forEach((id, index) => {
    const angle = (index / ids.length) * 2 * Math.PI - Math.PI / 2;
    const x = width / 2 + rx * Math.cos(angle);
    const y = height / 2 + ry * Math.sin(angle);
    places.set(id, { x: Math.round(x), y: Math.round(y), angle });
  });
  return places;
}

/**
 * The path from one place to another, bent towards the middle. There and back differ, for
 * each is bent a little to its own right.
 * @param {Place} from
 * @param {Place} to
 * @param {Size} size
 */
export function curve(from, to, { width, height }) {
  if (from === to) return loop(from, width, height);
  const [middleX, middleY] = [width / 2, height / 2];
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const x = (from.x + to.x) / 2;
  const y = (from.y + to.y) / 2;
  const bendX = x + (middleX - x) * 0.45 - dy * 0.06;
  const bendY = y + (middleY - y) * 0.45 + dx * 0.06;
  return `M${from.x} ${from.y}Q${bendX.toFixed(1)} ${bendY.toFixed(1)} ${to.x} ${to.y}`;
}

/** A message to oneself. */
function loop({ x, y }, width, height) {
  const [dx, dy] = [(width / 2 - x) * 0.18, (height / 2 - y) * 0.18];
  return `M${x} ${y}C${x + dx - dy} ${y + dy + dx} ${x + dx + dy} ${y + dy - dx} ${x} ${y}`;
}

/**
 * How wide a line is for so many messages.
 * @param {number} count
 * @param {number} most of any line
 */
export function weight(count, most) {
  return (1 + 3.5 * Math.sqrt((count - 1) / Math.max(1, most - 1))).toFixed(2);
}
