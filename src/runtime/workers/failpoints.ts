// Failpoints on Workers: a kill drops the object from memory, as the platform may; the front, which has no memory, fails the
// request. Its passages are counted in an isolate, over all objects that live in it.
import { counting, FailpointError, readFailpoint } from '../shared/failpoints.ts';

let known: { readonly setting: string; readonly pass: ReturnType<typeof counting> } | undefined;

/** What to call at each place, for whoever is dropped by `die`. */
export function failpointsOf(setting: string | undefined, die: () => void): (name: string) => void {
  if (setting === undefined) return () => undefined;
  if (known?.setting !== setting) known = { setting, pass: counting(readFailpoint(setting, 'workers')) };
  const { pass } = known;
  return (name) => pass(name, die);
}

/** How a front ends that has nothing to be dropped. */
export function failRequest(): never {
  throw new FailpointError('failpoint in the front');
}
