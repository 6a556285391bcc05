// A server that is measured: a process of its own on a new folder, listening on loopback.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Caller } from '../load/caller.ts';
import { diskBytes, usage, type Usage } from './processes.ts';
import { SyncMeter } from './sync-meter.ts';

/** How to start a kind of server in a folder that is empty or was its own before. */
export type Start = (place: { readonly folder: string; readonly port: number }) => {
  readonly command: string;
  readonly parts: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};

const STARTS_WITHIN_MS = 60_000;

export class Measured {
  readonly caller: Caller;
  readonly #folder: string;
  readonly #data: string;
  readonly #child: ChildProcess;
  readonly #meter: SyncMeter | undefined;

  private constructor(folder: string, data: string, port: number, child: ChildProcess, meter: SyncMeter | undefined) {
    this.#folder = folder;
    this.#data = data;
    this.#child = child;
    this.#meter = meter;
    this.caller = new Caller(port);
  }

  /** Resolves when the server answers. Each of its syncs takes `syncDelayMs` longer. */
  static async start(start: Start, syncDelayMs = 0): Promise<Measured> {
    const folder = mkdtempSync(join(tmpdir(), 'hearth-bench-'));
    const data = join(folder, 'data');
    mkdirSync(data);
    const port = await freePort();
    const meter = SyncMeter.make(folder, syncDelayMs);
    if (!meter && syncDelayMs > 0) throw new Error('syncs cannot be slowed down without a C compiler');
    const { command, parts, environment } = start({ folder: data, port });
    const log = openSync(join(folder, 'log'), 'w');
    const child = spawn(command, parts, {
      stdio: ['ignore', log, log],
      // A process group of its own, so that whatever the server started ends with it.
      detached: true,
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, ...meter?.environment, ...environment },
    });
    const server = new Measured(folder, data, port, child, meter);
    await server.#ready(port);
    return server;
  }

  get usage(): Usage {
    return usage(this.#child.pid ?? 0);
  }

  /** How many syncs it has made; undefined if they are not counted. */
  get syncs(): number | undefined {
    return this.#meter?.count;
  }

  get diskBytes(): number {
    return diskBytes(this.#data);
  }

  async stop(): Promise<void> {
    this.caller.close();
    const exited = once(this.#child, 'exit');
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    await exited;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #ready(port: number): Promise<void> {
    const until = performance.now() + STARTS_WITHIN_MS;
    while (performance.now() < until) {
      if (this.#child.exitCode !== null) break;
      const answer = await fetch(`http://127.0.0.1:${port}/_matrix/client/versions`).catch(() => undefined);
      if (answer?.ok) return;
      await sleep(50);
    }
    throw new Error(`the server did not start; its log is in ${this.#folder}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
