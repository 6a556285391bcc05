// Failpoints in a process of our own. Only a process that is told to be a test may be told of one.
import { counting, failpointNames, readFailpoint } from '../shared/failpoints.ts';

const DELAY_MS = 200;

/**
 * Whether a server under test finds fault with itself: calls between objects are copied, as they are where objects do not share
 * memory, and answers are held to their shapes. It costs time, so a server that is measured is not strict.
 */
export function isStrict(environment: Readonly<Record<string, string | undefined>>): boolean {
  return isTest(environment) && environment['HEARTH_STRICT'] === '1';
}

/** Reads the setting. Throws if it is malformed, or set while `HEARTH_TEST` is not 1. */
export function failpoints(environment: NodeJS.ProcessEnv): (name: string) => void {
  const setting = environment['HEARTH_FAILPOINT'];
  if (setting === undefined || setting === '') return () => undefined;
  if (!isTest(environment)) throw new Error('HEARTH_FAILPOINT is for tests only: it needs HEARTH_TEST=1');
  const pass = counting(readFailpoint(setting, 'node'));
  return (name) => {
    pass(name, (action) => {
      if (action === 'kill') process.kill(process.pid, 'SIGKILL');
      // A delay stops everything, as a busy or suspended machine would.
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, DELAY_MS);
    });
  };
}

/** All names, one a line. Throws while `HEARTH_TEST` is not 1. */
export function listFailpoints(environment: NodeJS.ProcessEnv): string {
  if (!isTest(environment)) throw new Error('failpoints are for tests only: they need HEARTH_TEST=1');
  return failpointNames('node').join('\n');
}

function isTest(environment: Readonly<Record<string, string | undefined>>): boolean {
  return environment['HEARTH_TEST'] === '1';
}
