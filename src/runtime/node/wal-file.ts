// The write-ahead log's file, through a descriptor of our own, for the syncs that the output gate waits for. SQLite keeps
// the file as long as a connection is open, so the descriptor is opened after the connection and closed before it.
import { dirname } from 'node:path';
import type { Connection, OwnStatement } from '../shared/connection.ts';
import { fs } from './builtin.ts';

const { close, closeSync, constants, fdatasync, fdatasyncSync, fstatSync, fsyncSync, openSync, writeSync } = fs;

/** What SQLite writes before each page, and at the start. https://sqlite.org/fileformat2.html#walformat */
const FRAME_HEADER = 24;
const LOG_HEADER = 32;
/** How much the file grows by at a time. */
const ROOM = 1 << 18;

export class WalFile {
  readonly #descriptor: number;
  /** Tells how many pages the log holds, and does nothing. https://sqlite.org/pragma.html#pragma_wal_checkpoint */
  readonly #look: OwnStatement;
  readonly #frame: number;
  readonly #zeros = Buffer.alloc(ROOM);
  #used = 0;

  /** The log must exist. What an earlier process left in it unsynced is made durable here, before anybody reads it. */
  constructor(databasePath: string, connection: Connection) {
    this.#look = connection.own('PRAGMA wal_checkpoint(NOOP)');
    this.#frame = Number(connection.own('PRAGMA page_size').get()?.['page_size']) + FRAME_HEADER;
    this.#descriptor = openSync(`${databasePath}-wal`, constants.O_RDWR);
    fdatasyncSync(this.#descriptor);
    const directory = openSync(dirname(databasePath), constants.O_RDONLY);
    fsyncSync(directory);
    closeSync(directory);
  }

  /** Bytes of the file that the log took at the last commit. After it was copied whole it begins anew with the next. */
  get used(): number {
    return this.#used;
  }

  /** Bytes of the file. It shrinks only when it is truncated. */
  get size(): number {
    return fstatSync(this.#descriptor).size;
  }

  /**
   * Must be called after each commit. Writes zeros behind the log now and then, so that the next commits find room in the
   * file: where a file grows, each sync has the file system commit its own journal too, which takes as long again. SQLite
   * takes zeros for the end of the log.
   */
  committed(): void {
    try {
      this.#used = LOG_HEADER + Number(this.#look.get()?.['log']) * this.#frame;
      const { size } = this;
      if (size - this.#used <= ROOM / 2) writeSync(this.#descriptor, this.#zeros, 0, ROOM, size);
    } catch {
      // The commit stands. On a full disk the one that finds no room says so.
    }
  }

  sync(): Promise<void> {
    return new Promise((resolve, reject) => {
      fdatasync(this.#descriptor, (error) => {
        if (error) reject(error);
        else resolve();
      });
    });
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      close(this.#descriptor, () => resolve());
    });
  }
}
