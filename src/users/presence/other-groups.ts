// Between the groups of one homeserver: who has changed here is told there, and a group that begins asks who is there already.
import type { PresenceEntry } from '../../ports/contracts/users-presence.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';

/** For so long the list of groups is believed. A group that is newer asks by itself. */
const LIST_GOOD_MS = 60_000;
/** As many are told in one call, which has a limit. */
const AT_ONCE = 500;

export interface OtherGroupsNeighbours {
  /** As they are when this is asked. */
  entriesOf(userIds: Iterable<string>): readonly PresenceEntry[];
  /** Our users of whom something was told already. */
  told(): readonly string[];
  take(entries: readonly PresenceEntry[]): void;
}

export class OtherGroups {
  readonly #env: ObjectEnv;
  readonly #neighbours: OtherGroupsNeighbours;
  /** By group: who has changed since it was last told. */
  readonly #due = new Map<number, Set<string>>();
  readonly #busy = new Set<number>();
  #listedAt = -Infinity;
  #listing = false;
  #begun = false;

  constructor(env: ObjectEnv, neighbours: OtherGroupsNeighbours) {
    this.#env = env;
    this.#neighbours = neighbours;
  }

  /** Asks the other groups, once, who is there. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    void this.#list();
  }

  add(userIds: readonly string[]): void {
    for (const userId of userIds) for (const due of this.#due.values()) due.add(userId);
    this.tell();
  }

  /** Tells what is due, also what could not be told before. Never throws. */
  tell(): void {
    if (this.#env.clock.monotonic() - this.#listedAt > LIST_GOOD_MS) void this.#list();
    for (const [group, due] of this.#due) if (due.size > 0) void this.#tellGroup(group, due);
  }

  async #list(): Promise<void> {
    if (this.#listing) return;
    this.#listing = true;
    try {
      const groups = await this.#env.actors.home().groups();
      for (const group of groups) {
        if (String(group) === this.#env.name || this.#due.has(group)) continue;
        this.#neighbours.take(await this.#env.actors.users(group).presence.currentPresence());
        // It may have asked before we knew of it, and has missed what came since.
        this.#due.set(group, new Set(this.#neighbours.told()));
      }
      this.#listedAt = this.#env.clock.monotonic();
      for (const [group, due] of this.#due) if (due.size > 0) void this.#tellGroup(group, due);
    } catch (error) {
      this.#env.log.debug('other groups could not be asked who is there', { error: String(error) });
    } finally {
      this.#listing = false;
    }
  }

  async #tellGroup(group: number, due: Set<string>): Promise<void> {
    if (this.#busy.has(group)) return;
    this.#busy.add(group);
    const told = [...due].slice(0, AT_ONCE);
    for (const userId of told) due.delete(userId);
    try {
      await this.#env.actors.users(group).presence.applyPresence(this.#neighbours.entriesOf(told));
    } catch (error) {
      for (const userId of told) due.add(userId);
      this.#env.log.debug('another group was not told of presence', { group, error: String(error) });
      return;
    } finally {
      this.#busy.delete(group);
    }
    if (due.size > 0) this.tell();
  }
}
