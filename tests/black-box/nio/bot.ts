// The bot as a process: what it tells, line by line.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import type { Client } from '../client.ts';
import { eventually } from '../eventually.ts';

export interface Told {
  readonly what: string;
  readonly [fact: string]: unknown;
}

export class Bot {
  /** All that it told so far. */
  readonly told: Told[] = [];
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  #complaints = '';

  constructor(python: string, account: Client) {
    this.#process = spawn(
      python,
      ['-X', 'utf8', join(import.meta.dirname, 'bot.py'), account.server.url, account.userId],
      {
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    this.#process.stderr.on('data', (chunk: Buffer) => {
      this.#complaints = (this.#complaints + chunk.toString()).slice(-20_000);
    });
    createInterface({ input: this.#process.stdout }).on('line', (line) => {
      this.told.push(JSON.parse(line) as Told);
    });
    this.#process.stdin.write(`${account.password}\n`);
  }

  /** Waits until it has told this. */
  tells(what: string, such: (told: Told) => boolean = () => true): Promise<Told> {
    return eventually(`the bot tells "${what}"`, () => {
      if (this.#process.exitCode !== null) throw new Error(`the bot has ended:\n${this.#complaints}`);
      return this.told.find((told) => told.what === what && such(told));
    });
  }

  /** Has it sign out and end. Answers its exit code and what it complained of. */
  async end(): Promise<readonly [code: number | null, complaints: string]> {
    const exit = once(this.#process, 'exit');
    this.#process.stdin.end();
    await exit;
    return [this.#process.exitCode, this.#complaints];
  }

  kill(): void {
    this.#process.kill('SIGKILL');
  }
}
