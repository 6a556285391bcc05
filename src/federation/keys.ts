// Getting keys of other servers: from memory, from what Servers keeps, from the server itself.
// https://spec.matrix.org/v1.19/server-server-api/#retrieving-server-keys
import type { ServerKey, ServerKeys } from '../ports/contracts/servers-keys.ts';
import { pause } from '../ports/clock.ts';
import type { FrontEnv } from '../ports/front-env.ts';
import { decodeBase64 } from '../spec/base64.ts';
import type { VerifyKeys } from '../events/signatures.ts';
import { destinationOf } from './destination.ts';
import { KEY_ANSWER_BYTES, readKeyAnswer } from './key-answer.ts';

/** Servers whose keys are kept in memory; of more, those that were used longest ago go. */
const MOST_SERVERS = 10_000;
/** How long a server may take to say what its keys are. */
const FETCH_MS = 10_000;
/** How long somebody else's fetch is waited for. */
const PATIENCE_MS = 15_000;
/** So many servers are asked at once for one caller. */
const AT_ONCE = 10;

/** Some key of these, good at a time: a request's is now, an event's its origin_server_ts; undefined is any time. */
export interface WantedKeys {
  readonly serverName: string;
  readonly keyIds: readonly string[];
  readonly at?: number;
}

/** Before anything is asked of a server that is not known; may throw. */
export type BeforeFetch = () => void;

export class KeyRing {
  readonly #env: Pick<FrontEnv, 'actors' | 'clock' | 'http' | 'log'>;
  /** In the order of last use. */
  readonly #known = new Map<string, ServerKeys>();
  readonly #fetches = new Map<string, Promise<ServerKeys | undefined>>();

  constructor(env: Pick<FrontEnv, 'actors' | 'clock' | 'http' | 'log'>) {
    this.#env = env;
  }

  /**
   * The keys of these ids that the server signs requests with now: 32 bytes by id. Empty if it has none, or cannot be asked.
   */
  async forRequest(serverName: string, keyIds: readonly string[], beforeFetch?: BeforeFetch): Promise<VerifyKeys> {
    const at = this.#env.clock.now();
    const keys = await this.of({ serverName, keyIds, at }, beforeFetch);
    const good = new Map<string, Uint8Array>();
    for (const key of keys?.keys ?? []) {
      const bytes = keyIds.includes(key.keyId) && isGood(key, at) ? decodeBase64(key.key) : undefined;
      // Old keys sign events and never requests.
      if (bytes !== undefined && key.expiredTs === undefined) good.set(key.keyId, bytes);
    }
    return good;
  }

  /**
   * All that is known of the servers' keys, after what is wanted and not known was asked for. One server is asked for at a
   * time by everybody together, and not again soon. A server of which nothing is known is left out.
   */
  async gather(wanted: readonly WantedKeys[]): Promise<readonly ServerKeys[]> {
    const found = new Map<string, ServerKeys>();
    const left = [...wanted];
    const work = async (): Promise<void> => {
      for (let next = left.pop(); next !== undefined; next = left.pop()) {
        const keys = await this.of(next);
        if (keys) found.set(keys.serverName, keys);
      }
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, wanted.length) }, work));
    return [...found.values()];
  }

  /** What is remembered of a server's keys, without asking anybody. */
  atHand(serverName: string): readonly ServerKeys[] {
    const keys = this.#known.get(serverName);
    return keys ? [keys] : [];
  }

  /** Asks a server for its keys, unless that was done lately. */
  async refresh(serverName: string): Promise<void> {
    await this.of({ serverName, keyIds: [] });
  }

  /** All that is known of a server's keys, after asking for what is wanted and not known. */
  async of(wanted: WantedKeys, beforeFetch?: BeforeFetch): Promise<ServerKeys | undefined> {
    return (await this.lookUp(wanted, beforeFetch)).known;
  }

  /** The same, and whether that is all that there is: not if the server was asked lately, and is not asked again so soon. */
  async lookUp(
    wanted: WantedKeys,
    beforeFetch?: BeforeFetch,
  ): Promise<{ readonly known: ServerKeys | undefined; readonly final: boolean }> {
    const { serverName } = wanted;
    const remembered = this.#known.get(serverName);
    if (remembered && satisfies(remembered, wanted)) {
      this.#remember(remembered);
      return { known: remembered, final: true };
    }
    if (destinationOf(serverName) === undefined) return { known: undefined, final: true };
    const { keys } = this.#env.actors.servers(serverName);
    const began = this.#env.clock.monotonic();
    for (;;) {
      const underWay = this.#fetches.get(serverName);
      const known = underWay ? await underWay : await keys.known(serverName);
      if (known) this.#remember(known);
      if (underWay || (known && satisfies(known, wanted))) return { known, final: true };
      const claim = this.#fetches.has(serverName) ? undefined : await this.#claim(serverName, beforeFetch);
      if (claim === undefined || claim.kind === 'fetch') continue;
      const waited = this.#env.clock.monotonic() - began;
      if (claim.kind === 'later' || waited > PATIENCE_MS) return { known, final: false };
      await pause(this.#env.clock, claim.waitMs);
    }
  }

  /** Begins to fetch if we may; who comes meanwhile waits for the same. */
  async #claim(
    serverName: string,
    beforeFetch: BeforeFetch | undefined,
  ): Promise<{ readonly kind: 'fetch' | 'under-way' | 'later'; readonly waitMs: number }> {
    beforeFetch?.();
    const claim = await this.#env.actors.servers(serverName).keys.claim(serverName);
    if (claim.kind !== 'fetch') return claim;
    const fetch = this.#fetch(serverName).finally(() => this.#fetches.delete(serverName));
    fetch.catch(() => undefined);
    this.#fetches.set(serverName, fetch);
    return { kind: 'fetch', waitMs: 0 };
  }

  async #fetch(serverName: string): Promise<ServerKeys | undefined> {
    const { keys } = this.#env.actors.servers(serverName);
    const answer = await this.#ask(serverName);
    if (answer) return await keys.store(answer);
    await keys.failed(serverName);
    return await keys.known(serverName);
  }

  async #ask(serverName: string): Promise<ReturnType<typeof readKeyAnswer>> {
    try {
      const { status, body } = await this.#env.http.send({
        method: 'GET',
        url: `${destinationOf(serverName)}/_matrix/key/v2/server`,
        headers: [['Accept', 'application/json']],
        body: undefined,
        maxAnswerBytes: KEY_ANSWER_BYTES,
        timeoutMs: FETCH_MS,
      });
      const answer = status === 200 ? readKeyAnswer(serverName, body, this.#env.clock.now()) : undefined;
      if (!answer) this.#env.log.info('a server gave no keys of its own', { serverName, status });
      return answer;
    } catch (error) {
      this.#env.log.info('a server could not be asked for its keys', { serverName, error: String(error) });
      return undefined;
    }
  }

  #remember(keys: ServerKeys): void {
    this.#known.delete(keys.serverName);
    this.#known.set(keys.serverName, keys);
    if (this.#known.size <= MOST_SERVERS) return;
    for (const oldest of this.#known.keys()) {
      this.#known.delete(oldest);
      return;
    }
  }
}

/** Whether a key signs at a time; undefined is any time. */
export function isGood(key: ServerKey, at: number | undefined): boolean {
  return at === undefined || at <= (key.expiredTs ?? key.validUntilTs ?? -1);
}

function satisfies({ keys }: ServerKeys, { keyIds, at }: WantedKeys): boolean {
  return keys.some((key) => keyIds.includes(key.keyId) && isGood(key, at));
}
