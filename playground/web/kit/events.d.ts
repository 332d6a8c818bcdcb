/**
 * What a run sends, one event at a time, exactly as `playground/core/events.py` declares it: a test
 * compares the two. Below that, what is asked for and what cards say.
 */

/** Piece, probability, rank, milliseconds, and where asked for other candidates. */
export type Letter = [string, number, number, number, [string, number][]?];

/** A numeric array: base64 of its bytes, little-endian, by rows. */
export interface PackedArray {
  type: string;
  shape: number[];
  data: string;
}

/** Everything that determines a result; `v` is the version of this form. */
export interface Recipe {
  v: number;
  task: string;
  model: string;
  weights: string;
  prompt: string;
  options: Record<string, number | string>;
  seed: number;
}

/** What a model thought of the place of one token: texts of the likeliest candidates, and costs. */
export interface Spread {
  index: number;
  texts: string[];
  costs: number[];
  rest: number;
  vocabulary: number;
}

export interface Start {
  recipe: Recipe;
  key: string;
  link: string;
  family: string;
  name: string;
  replayed: boolean;
  recorded: boolean;
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
  held?: number[];
  photo?: boolean;
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

export interface Arrive {
  words: string;
  said: string;
  done: number;
  total: number;
}

/** `readable` is the prompt without what the model cannot read, where there is any of that. */
export interface Fail {
  sentence: string;
  again: boolean;
  readable?: string;
}

export type End = "finished" | "stopped";

/** Exactly one of these is there. */
export interface RunEvent {
  start?: Start;
  wait?: Wait;
  letters?: Letter[];
  spread?: Spread;
  note?: string;
  arrive?: Arrive;
  frame?: Frame;
  look?: Look;
  fail?: Fail;
  end?: End;
}

/** What a model is asked for; `around` is a stretch of letters, from one to before another. */
export interface RunRequest {
  model: string;
  task?: string;
  prompt?: string;
  options?: Record<string, unknown>;
  seed?: number;
  around?: [number, number];
}

/** What the engine is asked for: runs, or the arrival of a model, or both. */
export interface LiveRequest {
  runs?: RunRequest[];
  fetch?: string;
  keep?: boolean;
  candidates?: number;
}

/** What a card says of its model; `silent` is why it reads no given text. `web/card_facts.py` */
export interface CardFacts {
  model: string;
  kind: string;
  family: string;
  name: string;
  about: string;
  size: string;
  details: Record<string, string>;
  hint?: string;
  sample?: string;
  frames?: number;
  subject?: string;
  brief?: string;
  silent?: string;
}

/** A card's state: always a mark and words, never colour alone. */
export interface CardState {
  kind: string;
  mark: string;
  words: string;
  busy?: boolean;
}

/** One card's part of what a form asks for; see `gradio_app/run_plan.py`. */
export interface PlannedRun<Card extends string = string> {
  card: Card;
  model: string;
  recipe?: RunRequest & { seed: number };
  key?: string;
  refused?: string;
  about?: CardFacts;
  /** What is said of its result from its start on. */
  note?: string;
}

/** What a form asks for. */
export interface Plan<Card extends string = string> {
  link: string;
  runs: PlannedRun<Card>[];
  /** A model that has to arrive first. */
  fetch?: string;
  unequal?: string;
}

/** A run as the replay pack holds it. */
export interface Recording {
  start: Start;
  events: RunEvent[];
}

/** A part of the replay pack: its runs by name. */
export interface RecordedPart {
  machine: string;
  runs: Record<string, Recording>;
}

/** Takes the events of several runs. */
export type Take = (run: number, event: RunEvent) => void;

/** What goes on: `done` resolves when all has ended, `stop()` ends it. */
export interface Running {
  done: Promise<unknown>;
  stop: () => void;
}
