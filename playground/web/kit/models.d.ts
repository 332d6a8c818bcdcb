/** What scripts are told of models; see `features/drawers/look_inside.py`. */

/** A setting of a model, as `models/base.py` has it. */
export interface Control {
  name: string;
  label: string;
  kind: "int" | "float" | "choice" | "picture" | "text";
  default: string | number | boolean | null;
  low: number | null;
  high: number | null;
  step: number | null;
  choices: string[];
  help: string;
}

export interface Model {
  id: string;
  name: string;
  family: string;
  /** Whether its weights may yet have to be fetched. */
  hub: boolean;
  can: string[];
  controls: Control[];
  /** By task. */
  inputs: Record<string, Control[]>;
}
