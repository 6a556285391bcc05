// Sends a server what waits for it: one transaction, of the events as their rooms tell them now.
// https://spec.matrix.org/v1.19/server-server-api/#transactions
import { breath } from '../ports/clock.ts';
import type { DestinationReport, DestinationWork } from '../ports/contracts/servers-outbound.ts';
import type { FrontEnv } from '../ports/front-env.ts';
import { lenientCanonicalJson } from '../spec/canonical-json.ts';
import { MatrixError } from '../spec/errors.ts';
import { readJson } from '../spec/strict-json.ts';
import { type FederationAnswer, type FederationClient, targetOf } from './client.ts';

/** A lease lasts longer than this and what the rooms take. */
const SEND_MS = 60_000;
/** Events asked of a room in one call: the longest of them make less than 1 MB. */
const EVENTS_AT_ONCE = 12;
/** A room that cannot be asked for so long is left out: what it has to say must not hold up what other rooms have. */
const ROOM_PATIENCE_MS = 60_000;
/** Rooms in trouble that are remembered. */
const ROOMS_MAX = 1000;

export class Sender {
  readonly #env: Pick<FrontEnv, 'actors' | 'clock' | 'log' | 'settings'>;
  readonly #client: Pick<FederationClient, 'send'>;
  /** When rooms could not be asked for the first time in a row, on the monotonic clock. */
  readonly #troubled = new Map<string, number>();

  constructor(env: Pick<FrontEnv, 'actors' | 'clock' | 'log' | 'settings'>, client: Pick<FederationClient, 'send'>) {
    this.#env = env;
    this.#client = client;
  }

  /** What to report. Events that their rooms no longer give are left out; if none is left there was nothing to send. */
  async send(work: DestinationWork): Promise<DestinationReport> {
    const { destination, stamp, transactionId } = work;
    const texts = await this.#texts(work);
    if (texts === undefined) return { destination, stamp, taken: false };
    if (texts.length === 0) return { destination, stamp, taken: true };
    const answer = await this.#client.send({
      destination,
      method: 'PUT',
      target: targetOf(['_matrix', 'federation', 'v1', 'send', transactionId]),
      ...(await this.#body(texts)),
      timeoutMs: SEND_MS,
    });
    const taken = isTaken(answer);
    if (!taken) this.#env.log.info('a server did not take a transaction', { destination, ...told(answer) });
    return { destination, stamp, taken };
  }

  /** The order of a room's events is kept; that of rooms among each other means nothing. Undefined if a room is to be asked again. */
  async #texts({ events }: DestinationWork): Promise<readonly string[] | undefined> {
    const rooms = Map.groupBy(events, ({ roomId }) => roomId);
    const texts: string[] = [];
    for (const [roomId, own] of rooms) {
      const ids = own.map(({ eventId }) => eventId);
      const found = await this.#ofRoom(roomId, ids);
      if (found === undefined) return undefined;
      texts.push(...found);
    }
    return texts;
  }

  async #ofRoom(roomId: string, ids: readonly string[]): Promise<readonly string[] | undefined> {
    const { sending } = this.#env.actors.room(roomId);
    const texts: string[] = [];
    try {
      for (let at = 0; at < ids.length; at += EVENTS_AT_ONCE)
        texts.push(...(await sending.pdus(ids.slice(at, at + EVENTS_AT_ONCE))));
      this.#troubled.delete(roomId);
      return texts;
    } catch (error) {
      // A room that says no has nothing for anybody.
      if (error instanceof MatrixError && error.status < 500 && error.status !== 429) return [];
      return this.#lost(roomId, error) ? texts : undefined;
    }
  }

  /** Whether the room has been in trouble for so long that others go on without it. */
  #lost(roomId: string, error: unknown): boolean {
    const now = this.#env.clock.monotonic();
    const since = this.#troubled.get(roomId);
    const lost = since !== undefined && now - since >= ROOM_PATIENCE_MS;
    const message = lost ? 'events of a room are not sent' : 'a room could not be asked for its events';
    this.#env.log[lost ? 'error' : 'warn'](message, { roomId, error: String(error) });
    if (this.#troubled.size >= ROOMS_MAX) this.#troubled.clear();
    this.#troubled.set(roomId, since ?? now);
    return lost;
  }

  /** What the signature covers is made event by event, and others have turns in between. */
  async #body(texts: readonly string[]): Promise<{ readonly body: string; readonly canonical: string }> {
    const { clock, settings } = this.#env;
    const origin = JSON.stringify(settings.serverName);
    const canonical: string[] = [];
    for (const text of texts) {
      canonical.push(lenientCanonicalJson(readJson(text).value));
      await breath(clock);
    }
    const written = (pdus: readonly string[]): string =>
      `{"origin":${origin},"origin_server_ts":${now},"pdus":[${pdus.join(',')}]}`;
    const now = clock.now();
    return { body: written(texts), canonical: written(canonical) };
  }
}

/** "A 200 OK response" is one: whatever stands in front of a server and answers a page in its place has taken nothing. */
function isTaken(answer: FederationAnswer): boolean {
  return answer.kind === 'ok' || (answer.kind === 'refused' && answer.status >= 200 && answer.status < 300);
}

function told(answer: FederationAnswer): { readonly [name: string]: string | number } {
  if (answer.kind === 'refused') return { status: answer.status, error: answer.message ?? '' };
  return answer.kind === 'failed' ? { error: answer.message } : {};
}
