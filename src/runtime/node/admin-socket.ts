// A socket in the data directory through which the command line asks the running server, for whoever owns the directory.
import type { IncomingMessage, Server } from 'node:http';
import { once } from 'node:events';
import { join, relative } from 'node:path';
import type { Log } from '../../ports/log.ts';
import { MatrixError } from '../../spec/errors.ts';
import type { Homeserver } from './homeserver.ts';
import { createServer, fs, request } from './builtin.ts';

export interface NewAccount {
  readonly localpart: string;
  readonly password: string;
  readonly admin: boolean;
}

const MOST_BYTES = 65_536;
/** Longer paths do not fit into a socket's address. */
const LONGEST_PATH = 100;

export class AdminSocket {
  readonly #path: string;
  readonly #log: Log;
  readonly #server: Server;

  constructor(directory: string, homeserver: Homeserver, log: Log) {
    this.#path = socketPath(directory);
    this.#log = log;
    this.#server = createServer((message, response) => {
      const answer = (status: number, body: unknown): void => {
        response.writeHead(status).end(JSON.stringify(body));
      };
      if (message.method !== 'POST' || message.url !== '/users')
        return answer(404, { error: 'there is no such operation' });
      readAll(message)
        .then((text) => homeserver.createUser(accountOf(text)))
        .then(() => answer(200, {}))
        .catch((error: unknown) => {
          answer(error instanceof MatrixError ? error.status : 500, {
            error: error instanceof Error ? error.message : String(error),
          });
        });
    });
  }

  async listen(): Promise<void> {
    if (this.#path.length > LONGEST_PATH) {
      this.#log.warn(
        'the data directory has too long a name for a socket: `hearth user add` works only while the server is stopped',
      );
      return;
    }
    // The process lock is ours, so a socket that is still there has nobody behind it.
    fs.rmSync(this.#path, { force: true });
    this.#server.listen(this.#path);
    await once(this.#server, 'listening');
    fs.chmodSync(this.#path, 0o600);
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }
}

/** Asks the server that runs on `directory` to make an account. Throws with its words if it refuses. */
export async function askToCreate(directory: string, account: NewAccount): Promise<void> {
  const asking = request({ socketPath: socketPath(directory), path: '/users', method: 'POST' });
  asking.end(JSON.stringify(account));
  const [message] = (await once(asking, 'response')) as [IncomingMessage];
  const text = await readAll(message);
  if (message.statusCode === 200) return;
  const answer: unknown = JSON.parse(text);
  throw new Error(typeof answer === 'object' && answer !== null && 'error' in answer ? String(answer.error) : text);
}

function socketPath(directory: string): string {
  const path = join(directory, 'admin.sock');
  const short = relative(process.cwd(), path);
  return short.length < path.length ? short : path;
}

async function readAll(message: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const chunk of message) {
    text += String(chunk);
    if (text.length > MOST_BYTES) throw new Error('the request is too long');
  }
  return text;
}

function accountOf(text: string): NewAccount {
  const value: unknown = JSON.parse(text);
  if (typeof value === 'object' && value !== null && 'localpart' in value && 'password' in value && 'admin' in value) {
    const { localpart, password, admin } = value;
    if (typeof localpart === 'string' && typeof password === 'string' && typeof admin === 'boolean')
      return { localpart, password, admin };
  }
  throw new Error('the request is not an account');
}
