// A field to draw on: black on white, one width.

/** Lets a visitor draw on a canvas. */
export class DrawingPad {
  /** @param {HTMLCanvasElement} canvas */
  constructor(canvas) {
    this.canvas = canvas;
    this.pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    this.isDrawn = false;
    this.clear();
    canvas.addEventListener("pointerdown", (event) => this.#start(event));
    canvas.addEventListener("pointermove", (event) => this.#go(event));
  }

  clear() {
    const { pen, canvas } = this;
    pen.fillStyle = "white";
    pen.fillRect(0, 0, canvas.width, canvas.height);
    [pen.lineWidth, pen.lineCap, pen.lineJoin, pen.strokeStyle] = [8, "round", "round", "black"];
    this.isDrawn = false;
  }

  /**
   * @param {PointerEvent} event
   * @returns {[number, number]} pixels of the canvas
   */
  #place(event) {
    const { canvas } = this;
    const box = canvas.getBoundingClientRect();
    return [
      ((event.clientX - box.left) * canvas.width) / box.width,
      ((event.clientY - box.top) * canvas.height) / box.height,
    ];
  }

  /** @param {PointerEvent} event */
  #start(event) {
    this.canvas.setPointerCapture(event.pointerId);
    this.pen.beginPath();
    this.pen.moveTo(...this.#place(event));
    this.#go(event);
  }

  /** @param {PointerEvent} event */
  #go(event) {
    if (!this.canvas.hasPointerCapture(event.pointerId)) return;
    this.pen.lineTo(...this.#place(event));
    this.pen.stroke();
    this.isDrawn = true;
  }
}
