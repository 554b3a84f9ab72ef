/** Where the label of a point stands: on the side of it where the curves leave most room. Nothing knows the DOM. */

/** How far a label is from its point, what it keeps free of curves at best, and how finely they are looked at; in pixels. */
const BESIDE = 8, FREE = 4, FINE = 3;

/**
 * @param {{x: number, y: number, width: number, height: number}} label x, y: of the point; the others: of the label
 * @param {{left: number, right: number, high: number, low: number}} room within which it stays; where it begins in the
 *   upper row and in the lower one
 * @param {(x: number) => number[]} curves how far down they are at a place; NaN where they are not
 * @returns {{left: number, top: number}}
 */
export function placeOf({ x, y, width, height }, room, curves) {
  const sides = [x + BESIDE, x - BESIDE - width].sort((one, other) => middle(one) - middle(other));
  const rows = [room.high, room.low].sort((one, other) => Math.abs(other - y) - Math.abs(one - y));
  let best = { left: 0, top: 0, free: -Infinity };
  for (const side of sides) for (const top of rows) {
    const left = Math.max(Math.min(side, room.right - width), room.left);
    const free = left === side ? Math.min(freeOf(left, top), FREE) : -1;
    if (free > best.free) best = { left, top, free };
  }
  return { left: best.left, top: best.top };

  /** How far from the middle of the room a label is that begins there. */
  function middle(left) { return Math.abs(left + width / 2 - (room.left + room.right) / 2); }

  function freeOf(left, top) {
    let free = Infinity;
    for (let at = left; at <= left + width; at += FINE)
      for (const down of curves(at)) if (!Number.isNaN(down)) free = Math.min(free, Math.max(top - down, down - top - height, 0));
    return free;
  }
}
