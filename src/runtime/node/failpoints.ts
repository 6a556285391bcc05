// Places where a test may stop the world: `HEARTH_FAILPOINT=name[:n]:kill|error|delay` acts when the point is passed for
// the n-th time (by default the first). Only a process that is told to be a test may be told so.

export class FailpointError extends Error {}

const DELAY_MS = 200;

/**
 * Whether a server under test finds fault with itself: calls between objects are copied, as they are where objects do not share
 * memory, and answers are held to their shapes. It costs time, so a server that is measured is not strict.
 */
export function isStrict(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment['HEARTH_TEST'] === '1' && environment['HEARTH_STRICT'] === '1';
}

/** Reads the setting. Throws if it is malformed, or set while `HEARTH_TEST` is not 1. */
export function failpoints(environment: NodeJS.ProcessEnv): (name: string) => void {
  const setting = environment['HEARTH_FAILPOINT'];
  if (setting === undefined || setting === '') return () => undefined;
  if (environment['HEARTH_TEST'] !== '1') throw new Error('HEARTH_FAILPOINT is for tests only: it needs HEARTH_TEST=1');
  const parts = /^([a-z0-9-]+)(?::(\d+))?:(kill|error|delay)$/.exec(setting);
  if (!parts) throw new Error(`HEARTH_FAILPOINT is not name[:n]:kill|error|delay: ${setting}`);
  const [, wanted, count = '1', action] = parts;
  let left = Number(count);
  return (name) => {
    if (name !== wanted || left === 0 || --left > 0) return;
    if (action === 'kill') process.kill(process.pid, 'SIGKILL');
    if (action === 'error') throw new FailpointError(`failpoint ${name}`);
    // A delay stops everything, as a busy or suspended machine would.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, DELAY_MS);
  };
}
