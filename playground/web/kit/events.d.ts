/** What a run sends, one event at a time; see `playground/core/events.py`. */

/** Piece, probability, rank, milliseconds, and other candidates with their probabilities. */
export type Letter = [string, number, number, number, [string, number][]];

/** A numeric array: base64 of its bytes, little-endian, by rows. */
export interface PackedArray {
  type: string;
  shape: number[];
  data: string;
}

export interface Start {
  recipe: Record<string, unknown> & { model: string; seed: number };
  key: string;
  link: string;
  family: string;
  name: string;
  replayed: boolean;
}

export interface Wait {
  mark: string;
  words: string;
}

export interface Frame {
  index: number;
  total: number;
  last: boolean;
  label: string;
  ms: number;
  tiles: string[];
}

export interface Look {
  index: number;
  total: number;
  last: boolean;
  label: string;
  ms: number;
  tiles: Record<string, string>;
  figures: Record<string, number>;
  arrays: Record<string, PackedArray>;
}

export interface Fail {
  sentence: string;
  again: boolean;
}

export type End = "finished" | "stopped";

/** Exactly one of these is there. */
export interface RunEvent {
  start?: Start;
  wait?: Wait;
  letters?: Letter[];
  frame?: Frame;
  look?: Look;
  fail?: Fail;
  end?: End;
}

/** What a model is asked for. */
export interface RunRequest {
  model: string;
  task?: string;
  prompt?: string;
  options?: Record<string, unknown>;
  seed?: number;
}

/** A run as the replay pack holds it. */
export interface Recording {
  start: Start;
  events: RunEvent[];
}

/** Takes the events of several runs. */
export type Take = (run: number, event: RunEvent) => void;

/** What goes on: `done` resolves when all has ended, `stop()` ends it. */
export interface Running {
  done: Promise<unknown>;
  stop: () => void;
}
