// The thread that hashes passwords, one after the other.
import { scryptSync } from 'node:crypto';
import { parentPort } from 'node:worker_threads';
import type { HashJob } from './scrypt-passwords.ts';

const port = parentPort;
if (!port) throw new Error('this file is started by scrypt-passwords.ts');
port.on('message', ({ id, password, salt, cost, blockSize, parallel, length }: HashJob) => {
  const maxmem = 256 * cost * blockSize;
  try {
    port.postMessage({
      id,
      hash: new Uint8Array(scryptSync(password, salt, length, { N: cost, r: blockSize, p: parallel, maxmem })),
    });
  } catch (error) {
    port.postMessage({ id, error: String(error) });
  }
});
