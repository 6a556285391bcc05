// One keep-alive connection, one request at a time, on a bare socket: node:http's client costs several times as much, and the
// load's own cost is taken from the same two cores as the server's.
import { connect, type Socket } from 'node:net';

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

const HEAD_END = '\r\n\r\n';

export class Connection {
  readonly #socket: Socket;
  #received: Buffer = Buffer.alloc(0);
  #waiting: Waiting | undefined;
  #closed: Error | undefined;

  constructor(port: number) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.on('data', (chunk: Buffer) => {
      this.#take(chunk);
    });
    this.#socket.on('error', (error) => {
      this.#end(error);
    });
    this.#socket.on('close', () => {
      this.#end(new Error('the connection was closed'));
    });
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  exchange(request: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#closed) {
        reject(this.#closed);
        return;
      }
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    const end = this.#received.indexOf(HEAD_END);
    if (end < 0) return;
    const head = this.#received.toString('latin1', 0, end).toLowerCase();
    const rest = this.#received.subarray(end + HEAD_END.length);
    const body = head.includes('transfer-encoding: chunked') ? unchunked(rest) : sized(rest, head);
    if (body === undefined) return;
    this.#received = Buffer.alloc(0);
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (head.includes('connection: close')) this.close();
    waiting?.resolve({ status: Number(head.slice(9, 12)), body });
  }

  #end(error: Error): void {
    this.#closed ??= error;
    this.#waiting?.reject(error);
    this.#waiting = undefined;
  }
}

/** The body if it has come whole. */
function sized(rest: Buffer, head: string): Buffer | undefined {
  const length = Number(/content-length: *(\d+)/.exec(head)?.[1] ?? 0);
  return rest.length >= length ? rest.subarray(0, length) : undefined;
}

function unchunked(rest: Buffer): Buffer | undefined {
  const parts: Buffer[] = [];
  for (let at = 0; ;) {
    const end = rest.indexOf('\r\n', at);
    if (end < 0) return undefined;
    const size = Number.parseInt(rest.toString('latin1', at, end), 16);
    const next = end + 2 + size + 2;
    if (next > rest.length) return undefined;
    if (size === 0) return Buffer.concat(parts);
    parts.push(rest.subarray(end + 2, end + 2 + size));
    at = next;
  }
}
