// A Worker in a workerd of its own, on a free loopback port, for one test file.
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { startWorkerd } from '../../src/runtime/workers/local/workerd.ts';

const OBJECTS = ['Room', 'Users', 'Home', 'Blob', 'Probe', 'Peer'].map((name) => ({
  binding: name.toUpperCase(),
  className: `${name}Object`,
  key: name.toLowerCase(),
}));

export class Served {
  readonly port: number;
  readonly data: string;
  readonly #variables: Readonly<Record<string, string>>;
  #child: ChildProcess | undefined;
  #said = '';

  private constructor(port: number, variables: Readonly<Record<string, string>>) {
    this.port = port;
    this.data = mkdtempSync(join(tmpdir(), 'hearth-workers-'));
    this.#variables = variables;
  }

  /** Serves the test Worker. */
  static async start(variables: Readonly<Record<string, string>> = {}): Promise<Served> {
    const served = new Served(await freePort(), {
      HEARTH_SERVER_NAME: 'test.example',
      HEARTH_PASSWORD_COST: '16',
      ...variables,
    });
    await served.launch();
    return served;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** What workerd printed last. */
  get said(): string {
    return this.#said;
  }

  async launch(): Promise<void> {
    const child = await startWorkerd({
      entry: join(import.meta.dirname, 'worker.ts'),
      data: this.data,
      objects: OBJECTS,
      http: `127.0.0.1:${this.port}`,
      https: undefined,
      authority: undefined,
      privateAddresses: true,
      variables: this.#variables,
      output: 'pipe',
    });
    this.#child = child;
    const note = (chunk: Buffer): void => {
      this.#said = (this.#said + chunk.toString()).slice(-20_000);
    };
    child.stdout?.on('data', note);
    child.stderr?.on('data', note);
    while (
      !(await fetch(`${this.url}/hello`).then(
        (answer) => answer.ok,
        () => false,
      ))
    ) {
      if (child.exitCode !== null) throw new Error(`workerd ended: ${this.#said}`);
      await new Promise((resolve) => {
        setTimeout(resolve, 20);
      });
    }
  }

  /** Ends workerd at once, as a power cut of the process would. */
  async kill(): Promise<void> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
  }

  async stop(): Promise<void> {
    await this.kill();
    rmSync(this.data, { recursive: true, force: true });
  }

  /** Calls an object; see the test Worker. */
  async call(
    object: 'ROOM' | 'USERS' | 'PROBE',
    name: string,
    path: string,
    args: readonly unknown[] = [],
    raw = false,
  ): Promise<Record<string, unknown>> {
    const [method = '', part] = path.split('.').reverse();
    const answer = await fetch(`${this.url}/test/call`, {
      method: 'POST',
      body: JSON.stringify({ object, name, part, method, args, raw }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status} ${text} ${this.#said}`);
    return JSON.parse(text) as Record<string, unknown>;
  }

  async drop(object: 'room' | 'users' | 'home', name: string): Promise<number> {
    const answer = await fetch(`${this.url}/_hearth/test/abort?object=${object}&name=${encodeURIComponent(name)}`, {
      method: 'POST',
    });
    await answer.arrayBuffer();
    return answer.status;
  }

  /** How many objects of a kind have any table. */
  stored(key: string): number {
    const directory = join(this.data, 'objects', key);
    return readdirSync(directory)
      .filter((name) => name.endsWith('.sqlite') && name !== 'metadata.sqlite')
      .filter((name) => {
        const database = new DatabaseSync(join(directory, name), { readOnly: true });
        try {
          return (
            database.prepare("SELECT 1 FROM sqlite_master WHERE name NOT LIKE '\\_cf\\_%' ESCAPE '\\'").get() !==
            undefined
          );
        } finally {
          database.close();
        }
      }).length;
  }
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
