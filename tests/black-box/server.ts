// A server under test as a process, started by the same scripts that conformance suites use, on a free loopback port.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Transport } from './client.ts';
import { root } from '../tidy/source-files.ts';

export type Runtime = 'node' | 'workers';
export const RUNTIMES: readonly Runtime[] = ['node', 'workers'];

type Environment = Readonly<Record<string, string>>;

/** Where a process runs, if not in a new directory as we do. */
interface Within {
  readonly command?: readonly string[];
  readonly dataDirectory?: string;
}

/** As much of what the process prints is kept. */
const SAID_LENGTH = 5_000_000;

/** Registration's shared secret of servers under test. */
export const SHARED_SECRET = 'for tests only';

export class Server implements Transport {
  readonly runtime: Runtime;
  readonly url: string;
  readonly dataDirectory: string;
  readonly #port: number;
  readonly #environment: Environment;
  /** A command that runs the one that its arguments are. */
  readonly #within: readonly string[];
  #process: ChildProcess | undefined;
  #said = '';

  private constructor(runtime: Runtime, port: number, environment: Environment, within: Within) {
    this.runtime = runtime;
    this.url = `http://127.0.0.1:${port}`;
    this.dataDirectory = within.dataDirectory ?? mkdtempSync(join(tmpdir(), 'hearth-test-'));
    this.#port = port;
    this.#environment = environment;
    this.#within = within.command ?? [];
  }

  static async start(runtime: Runtime, environment: Environment = {}, within: Within = {}): Promise<Server> {
    const server = new Server(runtime, await freePort(), environment, within);
    await server.launch();
    return server;
  }

  /** Starts the process on the same port and data; resolves when it answers. */
  async launch(environment: Environment = {}): Promise<void> {
    const [command = '', ...rest] = [...this.#within, join(root, 'tests/complement', this.runtime)];
    const child = spawn(command, rest, {
      stdio: ['ignore', 'pipe', 'pipe'],
      // A process group of its own, so that a kill reaches whatever the script started.
      detached: true,
      env: {
        PATH: process.env['PATH'] ?? '',
        HOME: process.env['HOME'] ?? '',
        HEARTH_TEST: '1',
        ...(this.runtime === 'node' ? { HEARTH_STRICT: '1' } : {}),
        SERVER_NAME: 'hs1',
        BIND_ADDRESS: '127.0.0.1',
        CLIENT_PORT: String(this.#port),
        DATA_DIR: this.dataDirectory,
        REGISTRATION_SHARED_SECRET: SHARED_SECRET,
        ...this.#environment,
        ...environment,
      },
    });
    this.#process = child;
    const note = (chunk: Buffer): void => {
      this.#said = (this.#said + chunk.toString()).slice(-SAID_LENGTH);
    };
    child.stdout?.on('data', note);
    child.stderr?.on('data', note);
    await this.#ready(child);
  }

  async request(
    method: string,
    path: string,
    headers: ReadonlyMap<string, string>,
    body: string | Uint8Array | undefined,
  ) {
    const answer = await fetch(this.url + path, {
      method,
      headers: [...headers] as [string, string][],
      ...(body === undefined ? {} : { body: body as BodyInit }),
    });
    return {
      status: answer.status,
      header: (name: string) => answer.headers.get(name) ?? undefined,
      text: await answer.text(),
    };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      setTimeout(resolve, ms);
    });
  }

  /** What the process printed last. */
  get said(): string {
    return this.#said;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Ends the process at once, as a crash would. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asks the process to end and tells its exit code. */
  async terminate(): Promise<number | null> {
    return this.#end('SIGTERM');
  }

  /** Resolves when the process has ended by itself. */
  async ended(): Promise<void> {
    const child = this.#process;
    if (child && child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.dataDirectory, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<number | null> {
    const child = this.#process;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const exit = once(child, 'exit');
    process.kill(-child.pid, signal);
    const [code] = (await exit) as [number | null];
    return code;
  }

  async #ready(child: ChildProcess): Promise<void> {
    const until = performance.now() + 60_000;
    while (performance.now() < until && child.exitCode === null && child.signalCode === null) {
      const up = await fetch(`${this.url}/_matrix/client/versions`).then(
        (answer) => answer.ok,
        () => false,
      );
      if (up) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`the server did not start:\n${this.#said}`);
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
