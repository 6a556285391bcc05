// The data directory: one process at a time, one SQLite file, its log, and the order in which they open and close.
import { join } from 'node:path';
import type { Clock } from '../../ports/clock.ts';
import type { Log } from '../../ports/log.ts';
import { ALARMS_TABLE } from '../shared/alarms.ts';
import { Connection } from '../shared/connection.ts';
import { OBJECTS_TABLE } from '../shared/objects.ts';
import { type TurnOptions, Turns } from '../shared/turns.ts';
import { type CheckpointOptions, Checkpoints } from './checkpoints.ts';
import { OutputGate } from './output-gate.ts';
import { lockDirectory } from './process-lock.ts';
import { WalFile } from './wal-file.ts';
import { fs } from './builtin.ts';

const PRAGMAS = [
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = NORMAL',
  'PRAGMA wal_autocheckpoint = 0',
  'PRAGMA cache_size = -65536',
  'PRAGMA temp_store = MEMORY',
];

export interface DataOptions {
  readonly log: Log;
  readonly clock: Clock;
  readonly failpoint: (name: string) => void;
  /** Called when nothing that is read can be trusted any more. Must end the process. */
  readonly broken: (error: unknown) => void;
  readonly checkpoints?: CheckpointOptions;
  /** Stands in for the sync of the log, in tests. */
  readonly sync?: () => Promise<void>;
}

export class DataDirectory {
  readonly path: string;
  readonly turns: Turns;
  readonly gate: OutputGate;
  readonly checkpoints: Checkpoints;
  readonly #connection: Connection;
  readonly #wal: WalFile;
  readonly #unlock: () => void;

  /** Opens or makes the directory. Throws `DirectoryInUse`, or if it was made for another server name. */
  constructor(path: string, serverName: string, options: DataOptions) {
    this.path = path;
    fs.mkdirSync(path, { recursive: true, mode: 0o700 });
    this.#unlock = lockDirectory(path);
    const file = join(path, 'hearth.db');
    this.#connection = new Connection(file, PRAGMAS);
    try {
      prepareTables(this.#connection, serverName, path);
    } catch (error) {
      this.#connection.close();
      this.#unlock();
      throw error;
    }
    const atEnd: TurnOptions['atEnd'] = (commit) => {
      setImmediate(commit);
    };
    this.turns = new Turns(this.#connection, { atEnd, failpoint: options.failpoint });
    this.#wal = new WalFile(file, this.#connection);
    const { clock, failpoint, broken: syncFailed } = options;
    const sync = options.sync ?? ((): Promise<void> => this.#wal.sync());
    this.gate = new OutputGate(this.turns, { sync, syncFailed, failpoint, clock, atEnd });
    this.checkpoints = new Checkpoints(file, this.#wal, options.log, options.broken, options.checkpoints);
    this.turns.listen(this.checkpoints);
  }

  /** Makes everything durable and closes. Nothing may be written any more. */
  async close(): Promise<void> {
    this.turns.commitNow();
    await this.gate.settled();
    await this.checkpoints.close();
    await this.#wal.close();
    this.#connection.close();
    this.#unlock();
  }
}

/** The tables of the runtime itself, in one commit, which also makes sure that the log's file is there. */
function prepareTables(connection: Connection, serverName: string, path: string): void {
  connection.own('BEGIN IMMEDIATE').run();
  try {
    connection.script(`${OBJECTS_TABLE}; ${ALARMS_TABLE};
      CREATE TABLE IF NOT EXISTS homeserver (id INTEGER NOT NULL PRIMARY KEY CHECK (id = 1), server_name TEXT NOT NULL, starts INTEGER NOT NULL)`);
    connection
      .own('INSERT INTO homeserver VALUES (1, ?, 1) ON CONFLICT (id) DO UPDATE SET starts = starts + 1')
      .run(serverName);
    const owned = connection.own('SELECT server_name FROM homeserver').get()?.['server_name'];
    if (owned !== serverName)
      throw new Error(`the data directory ${path} belongs to the server name ${String(owned)}, not ${serverName}`);
    connection.own('COMMIT').run();
  } catch (error) {
    if (connection.inTransaction) connection.own('ROLLBACK').run();
    throw error;
  }
}
