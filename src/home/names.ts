// Local names: who has which, and the group each account lives in for life.
// https://spec.matrix.org/v1.19/client-server-api/#account-registration
import type { ObjectEnv } from '../ports/object-env.ts';
import { MatrixError } from '../spec/errors.ts';
import type { RegistrationTokens } from './registration-tokens.ts';
import { GroupStore } from './store/groups.ts';
import { NameStore, type NameRow } from './store/names.ts';

/** How long a claim that has not become an account keeps its name from claims of other groups. */
const CLAIM_MS = 60_000;
/** There are as many as registrations that were cut off half-way. */
const UNCONFIRMED_MAX = 100;

export class Names {
  readonly #env: ObjectEnv;
  readonly #tokens: RegistrationTokens;
  readonly #names: NameStore;
  readonly #groups: GroupStore;

  constructor(env: ObjectEnv, tokens: RegistrationTokens) {
    this.#env = env;
    this.#tokens = tokens;
    this.#names = new NameStore(env.sql, env.owner);
    this.#groups = new GroupStore(env.sql, env.owner);
  }

  groups(): readonly number[] {
    return this.#groups.all().map((group) => group.number);
  }

  /** The newest group, or the next one when that is full. */
  openGroup(): number {
    return this.#env.sql.transaction(() => {
      const last = this.#groups.all().at(-1);
      if (last && last.accounts < this.#env.settings.groupSize) return last.number;
      const next = (last?.number ?? 0) + 1;
      this.#groups.open(next);
      return next;
    });
  }

  async check(localpart: string): Promise<void> {
    const row = this.#names.get(localpart);
    if (row && (await this.#hasAccount(localpart, row))) throw taken();
  }

  async claim(localpart: string, group: number): Promise<void> {
    const seen = this.#names.get(localpart);
    if (seen && (await this.#hasAccount(localpart, seen))) throw taken();
    this.#env.sql.transaction(() => {
      const row = this.#names.get(localpart);
      // Within one group the account's own table decides between two claims; across groups the first claim has its time.
      const held = row && row.group_number !== group && Math.abs(this.#env.clock.now() - row.claimed_at) < CLAIM_MS;
      if (row?.confirmed || held) throw taken();
      this.#names.claim(localpart, group, this.#env.clock.now());
    });
  }

  /** The account is there. `session`: the authentication session that registered it, whose registration token is used up. */
  confirm(localpart: string, session: string | undefined): void {
    this.#env.sql.transaction(() => {
      const row = this.#names.get(localpart);
      if (!row || !this.#names.confirm(localpart)) return;
      this.#groups.countAccount(row.group_number);
      if (session !== undefined) this.#tokens.release(session, true);
    });
  }

  /** Confirms accounts that were made although nobody came back to say so, before anybody counts what they have used. */
  async settle(): Promise<void> {
    for (const row of this.#names.unconfirmed(UNCONFIRMED_MAX)) await this.#hasAccount(row.localpart, row);
  }

  async groupOf(userId: string): Promise<number | undefined> {
    const localpart = this.#localpart(userId);
    const row = localpart === undefined ? undefined : this.#names.get(localpart);
    if (localpart === undefined || !row) return undefined;
    return (await this.#hasAccount(localpart, row)) ? row.group_number : undefined;
  }

  /** A claim whose account was made although nobody came back to confirm it (a crash between the two) is confirmed here. */
  async #hasAccount(localpart: string, row: NameRow): Promise<boolean> {
    if (row.confirmed) return true;
    const userId = `@${localpart}:${this.#env.settings.serverName}`;
    const made = await this.#env.actors.users(row.group_number).accounts.accountMade(userId);
    if (!made) return false;
    this.confirm(localpart, made.registeredBy);
    return true;
  }

  #localpart(userId: string): string | undefined {
    const colon = userId.indexOf(':');
    return userId.startsWith('@') && userId.slice(colon + 1) === this.#env.settings.serverName
      ? userId.slice(1, colon)
      : undefined;
  }
}

function taken(): MatrixError {
  return new MatrixError(400, 'M_USER_IN_USE', 'This user name is taken.');
}
