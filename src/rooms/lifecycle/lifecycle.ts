// How the room stands to the rest of the homeserver.
import type { Requester } from '../../ports/contracts/requester.ts';
import type { RoomLifecycle } from '../../ports/contracts/room-lifecycle.ts';
import { forbidden, MatrixError, notFound } from '../../spec/errors.ts';
import { type JsonObject, member } from '../../spec/json.ts';
import { accessOf } from '../reading/access.ts';
import type { RoomData } from '../room-data.ts';
import { historyVisibility } from '../visibility.ts';
import type { Writing } from '../writing/writing.ts';
import { CANONICAL_ALIAS, maySend, withoutAlias } from './aliases.ts';
import type { Listings } from './listing.ts';
import { summaryOf } from './summary-of.ts';
import type { Upgrades } from './upgrades.ts';

/** Servers that are named to who looks for the room. */
const SERVERS_MAX = 100;

export class Lifecycle implements RoomLifecycle {
  readonly #data: RoomData;
  readonly #writing: Writing;
  readonly #listings: Listings;
  readonly #upgrades: Upgrades;

  constructor(data: RoomData, writing: Writing, listings: Listings, upgrades: Upgrades) {
    this.#data = data;
    this.#writing = writing;
    this.#listings = listings;
    this.#upgrades = upgrades;
  }

  async exists(): Promise<boolean> {
    return this.#data.begun !== undefined;
  }

  async open(): Promise<boolean> {
    if (this.#data.begun === undefined) return false;
    const { root } = this.#data.head;
    const rules = this.#data.stateContent(root, 'm.room.join_rules', '') ?? {};
    return member(rules, 'join_rule') === 'public' || historyVisibility(this.#data, root) === 'world_readable';
  }

  async servers(): Promise<{ readonly federates: boolean; readonly servers: readonly string[] }> {
    const { begun, head, stays, members, env } = this.#data;
    if (begun === undefined) return { federates: false, servers: [] };
    const create = this.#data.stateContent(head.root, 'm.room.create', '') ?? {};
    const others = stays.servers().filter(({ until }) => until === undefined);
    const names = others.sort((one, other) => one.first - other.first).map(({ server }) => server);
    return {
      federates: member(create, 'm.federate') !== false,
      servers: [...(members.anyLocalJoined() ? [env.settings.serverName] : []), ...names].slice(0, SERVERS_MAX),
    };
  }

  async checkReadable(by: Requester): Promise<void> {
    accessOf(this.#data, by.userId);
  }

  async checkJoined(by: Requester): Promise<void> {
    const joined = this.#data.begun !== undefined && this.#data.members.get(by.userId)?.membership === 'join';
    if (!joined) throw forbidden('You are not in this room.');
  }

  async mayName(by: Requester): Promise<boolean> {
    return maySend(this.#data, by.userId, CANONICAL_ALIAS);
  }

  async dropAlias(by: Requester, alias: string): Promise<void> {
    if (!maySend(this.#data, by.userId, CANONICAL_ALIAS)) return;
    const content = withoutAlias(this.#data.stateContent(this.#data.head.root, CANONICAL_ALIAS, '') ?? {}, alias);
    if (content === undefined) return;
    try {
      await this.#writing.send(by, { type: CANONICAL_ALIAS, stateKey: '', content }, undefined);
    } catch (error) {
      // The alias is gone all the same.
      if (!(error instanceof MatrixError)) throw error;
    }
  }

  async summary(by: Requester): Promise<JsonObject> {
    return summaryOf(this.#data, by);
  }

  async published(): Promise<boolean> {
    this.#demandBegun();
    return this.#listings.published;
  }

  async publish(by: Requester, published: boolean): Promise<void> {
    this.#demandBegun();
    if (!maySend(this.#data, by.userId, CANONICAL_ALIAS))
      throw forbidden('Who may not name the room may not publish it.');
    this.#data.env.sql.transaction(() => this.#listings.write(published));
    await this.#listings.tell();
  }

  async forget(by: Requester): Promise<void> {
    const member = this.#data.begun === undefined ? undefined : this.#data.members.get(by.userId);
    if (member === undefined) return;
    if (member.membership !== 'leave' && member.membership !== 'ban')
      throw new MatrixError(400, 'M_UNKNOWN', 'You are in this room, invited, or knocking.');
    if (member.leftPos === undefined) return;
    this.#data.env.sql.transaction(() => {
      this.#data.members.put({ ...member, leftPos: undefined });
      // It may have been the last who remembered the room.
      this.#data.deliveryAlarm.arm();
    });
  }

  async upgrade(
    by: Requester,
    newVersion: string,
    additionalCreators: readonly string[],
  ): Promise<{ readonly roomId: string }> {
    return { roomId: await this.#upgrades.upgrade(by, newVersion, additionalCreators) };
  }

  #demandBegun(): void {
    if (this.#data.begun === undefined) throw notFound('There is no such room here.');
  }
}
