/** The one global of our pages: every linked module by its name, and what other code calls. */

export interface Playground {
  modules: Record<string, any>; // eslint-disable-line -- whatever a module exports
  [name: string]: unknown;
}

declare global {
  interface Window {
    playground: Playground;
  }
  const playground: Playground;
}
