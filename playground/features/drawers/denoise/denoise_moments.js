// The moments of one denoising run, and which of them is looked at.
import { percent } from "../../../web/kit/numbers.js";

/** @import { Look } from "../../../web/kit/events.js" */

export class Moments {
  /** @type {Look[]} */
  all = [];
  place = 0;
  following = true; // the newest is looked at as soon as it is there

  /** The place of the newest; -1 while there is none. */
  get last() {
    return this.all.length - 1;
  }

  get atEnd() {
    return this.place >= this.last;
  }

  /** The moment that is looked at. */
  get current() {
    return this.all[this.place];
  }

  /**
   * There is one more.
   *
   * @param {Look} look
   */
  add(look) {
    this.all.push(look);
    if (this.following) this.go(this.last);
  }

  /**
   * Look at the moment that is nearest to a place.
   *
   * @param {number} place
   */
  go(place) {
    this.place = Math.max(0, Math.min(this.last, place));
  }

  /**
   * The visitor goes to a place: from now on the newest one is followed only from the newest.
   *
   * @param {number} place
   */
  visit(place) {
    this.following = place >= this.last;
    this.go(place);
  }
}

/**
 * Which share of its standard deviation noise still has in the picture.
 *
 * @param {number} share
 */
export function noiseLeft(share) {
  return percent(share).replace(" %", "\u202f%");
}
