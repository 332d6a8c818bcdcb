// A drawing as the machines know digits: made as MNIST was made out of what people wrote.

/** @typedef {[x: number, y: number]} Point */

/**
 * Strokes scaled until the longer side of their ink is as long as the box, and moved until their
 * centre of mass lies in the middle. The pen stays as it is, so that a small drawing does not
 * become a fat one. All lengths are in one unit.
 *
 * @param {Point[][]} strokes each with one point at least
 * @param {number} pen width of the line
 * @param {number} box side of the box
 * @param {number} side of the picture
 * @returns {Point[][]}
 */
export function asDigit(strokes, pen, box, side) {
  const scale = scaleOf(strokes.flat(), box - pen);
  const scaled = strokes.map((points) => points.map(([x, y]) => at(x * scale, y * scale)));
  const [x, y] = centreOf(scaled, pen);
  const middle = side / 2;
  return scaled.map((points) => points.map((p) => at(p[0] - x + middle, p[1] - y + middle)));
}

/**
 * @param {number} x
 * @param {number} y
 * @returns {Point}
 */
function at(x, y) {
  return [x, y];
}

/**
 * @param {Point[]} points
 * @param {number} length that their longer side is to have
 */
function scaleOf(points, length) {
  const spans = [0, 1].map((axis) => {
    const values = points.map((point) => point[axis]);
    return Math.max(...values) - Math.min(...values);
  });
  const longer = Math.max(...spans);
  return longer > 0 ? length / longer : 1; // a dot has no size to scale
}

/**
 * The centre of mass of lines as thick as the pen, with their round ends.
 *
 * @param {Point[][]} strokes
 * @param {number} pen
 * @returns {Point}
 */
function centreOf(strokes, pen) {
  const end = (Math.PI / 8) * pen; // half a disc, as the length of line with as much ink
  let [mass, x, y] = [0, 0, 0];
  /**
   * @param {number} weight
   * @param {Point} place
   */
  const add = (weight, place) => {
    mass += weight;
    x += weight * place[0];
    y += weight * place[1];
  };
  for (const points of strokes) {
    add(end, points[0]);
    add(end, points[points.length - 1]);
    for (let i = 1; i < points.length; i += 1) {
      const [[ax, ay], [bx, by]] = [points[i - 1], points[i]];
      add(Math.hypot(bx - ax, by - ay), [(ax + bx) / 2, (ay + by) / 2]);
    }
  }
  return [x / mass, y / mass];
}
