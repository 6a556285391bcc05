// The worker that copies the log into the database, on a connection of its own.
import { DatabaseSync } from 'node:sqlite';
import { parentPort, workerData } from 'node:worker_threads';

const path: unknown = workerData;
if (typeof path !== 'string' || !parentPort) throw new Error('this file is started by checkpoints.ts');
const port = parentPort;
const db = new DatabaseSync(path, { timeout: 1000 });
db.exec('PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = NORMAL');

port.on('message', (wish: unknown) => {
  if (wish === 'close') {
    db.close();
    port.close();
    return;
  }
  try {
    const row = db.prepare(`PRAGMA wal_checkpoint(${String(wish)})`).get();
    port.postMessage({ done: row?.['busy'] === 0 });
  } catch (error) {
    port.postMessage({ done: false, error: String(error) });
  }
});
