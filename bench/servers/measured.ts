// A server that is measured: a process of its own on a new folder, listening on loopback.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Identity, makeIdentity } from '../federation/identity.ts';
import { Caller } from '../load/caller.ts';
import { diskBytes, PeakMemory, usage, type Usage } from './processes.ts';
import { LoopMeter } from './loop-meter.ts';
import { SyncMeter } from './sync-meter.ts';

/** How to start a kind of server in a folder that is empty or was its own before. */
export type Start = (place: {
  readonly folder: string;
  readonly port: number;
  /** A PEM file with the authority of the servers that it is to talk to, on loopback; undefined if to none. */
  readonly authority: string | undefined;
}) => {
  readonly command: string;
  readonly parts: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  /** Whether it is one process of Node, whose event loop can be watched. */
  readonly node?: boolean;
};

/** A folder: servers on Node leave profiles of their processor time in it. */
const PROFILES = process.env['BENCH_PROFILES'];

const STARTS_WITHIN_MS = 60_000;

export class Measured {
  readonly caller: Caller;
  readonly port: number;
  /** What the servers that it federates with show. */
  readonly identity: Identity | undefined;
  readonly #folder: string;
  readonly #data: string;
  readonly #child: ChildProcess;
  readonly #meter: SyncMeter | undefined;
  readonly #loop: LoopMeter | undefined;

  private constructor(
    place: { readonly folder: string; readonly data: string; readonly port: number; readonly identity?: Identity },
    child: ChildProcess,
    meter: SyncMeter | undefined,
    loop: LoopMeter | undefined,
  ) {
    this.#folder = place.folder;
    this.#data = place.data;
    this.port = place.port;
    this.identity = place.identity;
    this.#child = child;
    this.#meter = meter;
    this.#loop = loop;
    this.caller = new Caller(place.port);
  }

  /** Resolves when the server answers. Each of its syncs takes `syncDelayMs` longer. `federates`: it trusts `identity`. */
  static async start(start: Start, { syncDelayMs = 0, federates = false } = {}): Promise<Measured> {
    const folder = mkdtempSync(join(tmpdir(), 'hearth-bench-'));
    const data = join(folder, 'data');
    mkdirSync(data);
    const port = await freePort();
    const meter = SyncMeter.make(folder, syncDelayMs);
    if (!meter && syncDelayMs > 0) throw new Error('syncs cannot be slowed down without a C compiler');
    const identity = federates ? makeIdentity(folder) : undefined;
    const loop = new LoopMeter(folder, PROFILES === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`]);
    const {
      command,
      parts,
      environment,
      node = false,
    } = start({ folder: data, port, authority: identity?.certificateFile });
    const log = openSync(join(folder, 'log'), 'w');
    const child = spawn(command, parts, {
      stdio: ['ignore', log, log],
      // A process group of its own, so that whatever the server started ends with it.
      detached: true,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: folder,
        ...meter?.environment,
        ...(federates && node ? loop.environment : {}),
        ...environment,
      },
    });
    const place = { folder, data, port, ...(identity && { identity }) };
    const server = new Measured(place, child, meter, federates && node ? loop : undefined);
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

  /** Begins to measure the most memory that it takes, and how long it lets everybody wait at most. Node only. */
  async watch(): Promise<() => Promise<{ readonly peakMiB: number; readonly longestMs: number }>> {
    const peak = new PeakMemory(this.#child.pid ?? 0);
    await this.#loop?.take(this.#child);
    return async () => ({ peakMiB: peak.mib, longestMs: (await this.#loop?.take(this.#child)) ?? Number.NaN });
  }

  get diskBytes(): number {
    return diskBytes(this.#data);
  }

  async stop(): Promise<void> {
    this.caller.close();
    const exited = once(this.#child, 'exit');
    // A profile is written by a process that ends by itself.
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, PROFILES === undefined ? 'SIGKILL' : 'SIGTERM');
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
