// Calls over TLS. What makes them dear is made once: the list of authorities is read once, and a connection is kept for a moment,
// because who has just been told something will soon be told more.
import type { Agent, RequestOptions } from 'node:https';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { SecureContext } from 'node:tls';
import { https, tls } from './builtin.ts';

/** How long a connection is kept that nobody uses. Most servers close theirs after five seconds or more, and say so. */
const KEPT_MS = 4000;
const KEPT_OF_SERVER = 2;
/** Some 40 kB each. */
const KEPT_OF_ALL = 200;

type Options = RequestOptions & { readonly servername: string };

export class KeptConnections {
  readonly #authorities: readonly string[] | undefined;
  #agent: Agent | undefined;
  #context: SecureContext | undefined;

  /** `authorities`: certificates of all to trust, in PEM; undefined for the platform's own. */
  constructor(authorities: readonly string[] | undefined) {
    this.#authorities = authorities;
  }

  /** `host` is the address that is dialled, or was when the connection was made, for the same `servername`. */
  async ask(options: Options, body: Uint8Array | undefined): Promise<IncomingMessage> {
    this.#context ??= tls().createSecureContext(this.#authorities ? { ca: [...this.#authorities] } : {});
    const secure = { ...options, secureContext: this.#context };
    // What is asked by POST may not bear being asked twice.
    if (options.method !== 'GET' && options.method !== 'PUT') return asked(secure, body);
    try {
      return await asked({ ...secure, agent: (this.#agent ??= makeAgent()) }, body);
    } catch (error) {
      if (!(error instanceof StaleError)) throw error;
      return asked(secure, body);
    }
  }
}

/** The other side has closed a kept connection as it was used again. */
class StaleError extends Error {}

function asked(options: Options, body: Uint8Array | undefined): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const asking = https().request(options, resolve);
    // It may fail again while the answer's body is read, which then ends with an error of its own.
    asking.on('error', (error: Error & { readonly code?: string }) => {
      const stale = asking.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      reject(stale ? new StaleError() : error);
    });
    asking.end(body);
  });
}

function makeAgent(): Agent {
  class Bounded extends https().Agent {
    override keepSocketAlive(socket: Duplex): boolean {
      const kept = Object.values(this.freeSockets).reduce((sum, sockets) => sum + (sockets?.length ?? 0), 0);
      // Node answers whether to keep it; the types do not know.
      return kept < KEPT_OF_ALL && (super.keepSocketAlive(socket) as unknown as boolean);
    }
  }
  return new Bounded({ keepAlive: true, timeout: KEPT_MS, maxFreeSockets: KEPT_OF_SERVER });
}
