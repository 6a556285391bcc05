// Requests to a server on loopback, over as many connections as are under way at once.
import { setTimeout as sleep } from 'node:timers/promises';
import { type Answer, Connection } from './connection.ts';

export class Caller {
  readonly #port: number;
  readonly #idle: Connection[] = [];
  readonly #open = new Set<Connection>();

  constructor(port: number) {
    this.#port = port;
  }

  /** One request, whatever is answered. */
  async call(method: string, path: string, token: string | undefined, body?: object): Promise<Answer> {
    const authorization = token === undefined ? undefined : `Bearer ${token}`;
    return this.send(method, path, authorization, body === undefined ? undefined : JSON.stringify(body));
  }

  /** One request whose header and body are made already. */
  async send(method: string, path: string, authorization: string | undefined, body?: string): Promise<Answer> {
    const length = body === undefined ? 0 : Buffer.byteLength(body);
    const request =
      `${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${this.#port}\r\n` +
      (authorization === undefined ? '' : `authorization: ${authorization}\r\n`) +
      (body === undefined ? '' : `content-type: application/json\r\ncontent-length: ${length}\r\n`) +
      `\r\n${body ?? ''}`;
    const connection = this.#connection();
    const answer = await connection.exchange(request);
    if (!connection.closed) this.#idle.push(connection);
    return answer;
  }

  /** One request that must succeed; tried again where the server asks for patience. */
  async ok<T>(method: string, path: string, token: string | undefined, body?: object): Promise<T> {
    for (;;) {
      const { status, body: bytes } = await this.call(method, path, token, body);
      if (status === 429) await sleep(100);
      else if (status !== 200) throw new Error(`${method} ${path} was answered ${status} ${bytes.toString()}`);
      else return JSON.parse(bytes.toString()) as T;
    }
  }

  close(): void {
    for (const connection of this.#open) connection.close();
  }

  #connection(): Connection {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop()) if (!idle.closed) return idle;
    const connection = new Connection(this.#port);
    this.#open.add(connection);
    return connection;
  }
}

/** Calls `work` for each item, at most `width` at a time. */
export async function pool<T>(
  width: number,
  items: readonly T[],
  work: (item: T, index: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let index = next++; index < items.length; index = next++) await work(items[index]!, index);
  };
  await Promise.all(Array.from({ length: width }, worker));
}

export const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
