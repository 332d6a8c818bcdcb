/** What a component of Gradio's gives to the module that fills it; see `gradio_app/wiring.py`. */

export interface Component<Value> {
  /** The element that is to be filled; what stands in it at first is its template. */
  element: HTMLElement;
  /** What the server has said last. */
  value: () => Value;
  /** Call back whenever the server says something else. */
  onValue: (then: (value: Value) => void) => void;
  /** Tell the server that what it asked for has ended. */
  ended: () => void;
}
