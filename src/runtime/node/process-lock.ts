// One process for one data directory: a SQLite lock on a file of its own, which the system drops with the process however
// that ends.
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';

export class DirectoryInUse extends Error {
  constructor(directory: string) {
    super(`the data directory ${directory} is in use by another Hearth process`);
  }
}

/** Takes the lock of a data directory and answers how to give it back. Throws `DirectoryInUse`. */
export function lockDirectory(directory: string): () => void {
  const db = new DatabaseSync(join(directory, 'lock.db'), { timeout: 0 });
  try {
    db.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    db.close();
    if (error instanceof Error && /locked|busy/.test(error.message)) throw new DirectoryInUse(directory);
    throw error;
  }
  return () => db.close();
}
