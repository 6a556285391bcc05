// The write-ahead log's file, through a descriptor of our own, for the syncs that the output gate waits for. SQLite keeps
// the file as long as a connection is open, so the descriptor is opened after the connection and closed before it.
import { close, closeSync, constants, fdatasync, fdatasyncSync, fstatSync, fsyncSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

export class WalFile {
  readonly #descriptor: number;

  /** The log must exist. What an earlier process left in it unsynced is made durable here, before anybody reads it. */
  constructor(databasePath: string) {
    this.#descriptor = openSync(`${databasePath}-wal`, constants.O_RDWR);
    fdatasyncSync(this.#descriptor);
    const directory = openSync(dirname(databasePath), constants.O_RDONLY);
    fsyncSync(directory);
    closeSync(directory);
  }

  /** Bytes in the log. It shrinks only when it is truncated. */
  get size(): number {
    return fstatSync(this.#descriptor).size;
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
