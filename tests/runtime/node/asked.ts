// A homeserver in this process, asked as its HTTP door asks: an answer counts when it may leave.
import type { Homeserver } from '../../../src/runtime/node/homeserver.ts';
import { tooLarge } from '../../../src/spec/errors.ts';
import type { Transport } from '../../black-box/client.ts';

export class Asked implements Transport {
  readonly url = 'http://localhost';
  readonly #homeserver: Homeserver;

  constructor(homeserver: Homeserver) {
    this.#homeserver = homeserver;
  }

  async request(
    method: string,
    target: string,
    headers: ReadonlyMap<string, string>,
    given: string | Uint8Array | undefined,
  ) {
    const bytes = typeof given === 'string' ? new TextEncoder().encode(given) : (given ?? new Uint8Array());
    const { gate } = this.#homeserver.data;
    const { failures } = gate;
    const answer = await this.#homeserver.handler({
      method,
      target,
      address: '127.0.0.1',
      gone: undefined,
      header: (name) => headers.get(name),
      body: async (maxBytes) => {
        if (bytes.length > maxBytes) throw tooLarge('The body is too large');
        return bytes;
      },
    });
    await gate.settledSince(failures);
    const text = typeof answer.body === 'string' ? answer.body : '';
    return { status: answer.status, header: () => undefined, text };
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, ms));
  }
}
