// Places where a test may stop the world. `HEARTH_FAILPOINT=name[:n]:kill|error|delay` acts when the place is passed for the
// n-th time (by default the first); a server that is no test refuses it. `npm run hearth -- failpoints` lists the names, so
// that a harness can walk all of them.
import { homeMethods, roomMethods, serversMethods, usersMethods } from './contract-methods.ts';
import type { Methods } from './methods.ts';

export type FailpointAction = 'kill' | 'error' | 'delay';

export class FailpointError extends Error {}

export interface Failpoint {
  readonly name: string;
  readonly count: number;
  readonly action: FailpointAction;
}

/** Passed by whatever happens, however it was caused. */
const EVERYWHERE = [
  'before-commit',
  'after-commit',
  'before-answer',
  'before-alarm',
  'after-alarm',
  'before-outgoing-request',
  'after-outgoing-request',
  'before-blob-put',
  'after-blob-put',
  'before-blob-delete',
  'after-blob-delete',
  'rooms.committed',
];
/** What on Workers the platform does by itself, where nobody of us is. */
const ON_NODE = ['before-sync', 'after-sync', 'after-answer'];
/** Once it is committed nothing is left that could fail: an error here would be none that can happen. */
const NEVER_FAILS = new Set(['after-commit']);

const OBJECTS: readonly (readonly [kind: string, methods: Methods])[] = [
  ['home', homeMethods],
  ['rooms', roomMethods],
  ['users', usersMethods],
  ['servers', serversMethods],
];

/** All names there are: those above, and before and after every call to an object, as `before-rooms.writing.send`. */
export function failpointNames(runtime: 'node' | 'workers'): readonly string[] {
  const calls = OBJECTS.flatMap(([kind, methods]) =>
    Object.entries(methods).flatMap(([name, entry]) =>
      typeof entry === 'string' ? [`${kind}.${name}`] : Object.keys(entry).map((method) => `${kind}.${name}.${method}`),
    ),
  );
  return [
    ...EVERYWHERE,
    ...(runtime === 'node' ? ON_NODE : []),
    ...calls.flatMap((call) => [`before-${call}`, `after-${call}`]),
  ];
}

/** Reads the setting. Throws with what is wrong with it. */
export function readFailpoint(text: string, runtime: 'node' | 'workers'): Failpoint {
  const parts = /^([A-Za-z.-]+)(?::(\d{1,9}))?:(kill|error|delay)$/.exec(text);
  if (!parts) throw new Error(`HEARTH_FAILPOINT is not name[:n]:kill|error|delay: ${text}`);
  const [, name = '', count = '1'] = parts;
  const action = parts[3] as FailpointAction;
  if (!failpointNames(runtime).includes(name)) throw new Error(`HEARTH_FAILPOINT: there is no failpoint ${name}`);
  if (action === 'error' && NEVER_FAILS.has(name)) throw new Error(`HEARTH_FAILPOINT: nothing can fail at ${name}`);
  if (action === 'delay' && runtime === 'workers')
    throw new Error('HEARTH_FAILPOINT: nothing can be held up on Workers');
  return { name, count: Number(count), action };
}

/** Counts passages; calls `act` at the one that was chosen, and never again. */
export function counting(chosen: Failpoint): (name: string, act: (action: FailpointAction) => void) => void {
  let left = chosen.count;
  return (name, act) => {
    if (name !== chosen.name || left === 0 || --left > 0) return;
    if (chosen.action === 'error') throw new FailpointError(`failpoint ${name}`);
    act(chosen.action);
  };
}

/** The name of a call, for the points before and after it. */
export function callName(kind: string, part: string | undefined, method: string): string {
  return part === undefined ? `${kind}.${method}` : `${kind}.${part}.${method}`;
}
