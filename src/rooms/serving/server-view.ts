// What another server may see of a room: the one place that decides, for every read by a server.
// https://spec.matrix.org/v1.19/server-server-api/#retrieving-events
// https://spec.matrix.org/v1.19/client-server-api/#room-history-visibility
//
// A server sees what any of its users may see. Who has nobody in the room sees nothing that came after the last of them left,
// and who never had anybody sees nothing at all, however open the room is to clients.
import type { Pdu } from '../../events/pdu.ts';
import { redactedPdu } from '../../events/redacted-pdu.ts';
import { forbidden } from '../../spec/errors.ts';
import { isUserId, serverOf } from '../../spec/identifiers/user-id.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import { historyVisibility, membershipIn, type HistoryVisibility } from '../visibility.ts';

/** Users of one server whose memberships at an event are looked at; the first that came are the likeliest. */
const USERS_LOOKED_AT = 1000;

/** What others authorise their events by: it is part of every auth chain, and no server can do without it. */
const AUTHORISING: ReadonlySet<string> = new Set([
  'm.room.create',
  'm.room.member',
  'm.room.power_levels',
  'm.room.join_rules',
  'm.room.third_party_invite',
]);

interface Standing {
  readonly visibility: HistoryVisibility;
  readonly joined: boolean;
  readonly invited: boolean;
}

/** One server's view of the room, good as long as the room does not change: make a new one for each read. */
export class ServerView {
  readonly server: string;
  readonly #data: RoomData;
  readonly #users: readonly string[];
  /** The last position that concerns the server: infinite while it is in the room. Undefined if it never was. */
  readonly #until: number | undefined;
  readonly #standings = new Map<number, Standing>();

  constructor(data: RoomData, server: string) {
    this.#data = data;
    this.server = server;
    const members = data.members.ofServer(server, USERS_LOOKED_AT);
    this.#users = members.map(({ userId }) => userId);
    const ends = members.flatMap(({ membership, leftPos }) => (membership === 'join' ? Infinity : (leftPos ?? [])));
    this.#until = ends.length === 0 ? undefined : Math.max(...ends);
  }

  /** Whether the server is in the room now. */
  get joined(): boolean {
    return this.#until === Infinity;
  }

  /** Throws 403 M_FORBIDDEN unless the server is in the room, or was once. */
  demandKnown(): void {
    if (this.#until === undefined) throw forbidden('Your server is not in this room.');
  }

  sees(event: StoredEvent): boolean {
    if (event.verdict === 'rejected' || event.outlier || !this.#concerns(event)) return false;
    const before = this.#standing(event.rootBefore);
    if (this.#allows(before, event)) return true;
    if (event.rootAfter === event.rootBefore) return false;
    const after = this.#standing(event.rootAfter);
    const { type, stateKey } = event.pdu;
    if (type === 'm.room.history_visibility' && stateKey === '')
      return this.#allows({ ...before, visibility: after.visibility }, event);
    if (type === 'm.room.member' && stateKey !== undefined && isUserId(stateKey) && serverOf(stateKey) === this.server)
      return this.#allows({ ...after, visibility: before.visibility }, event);
    return false;
  }

  /** Whether the server was in the room at an event, or left with it. */
  wasThere(event: StoredEvent): boolean {
    return this.#standing(event.rootBefore).joined || this.#standing(event.rootAfter).joined;
  }

  /** The event as the server may see it, without what an erased account said in it unless the server saw it before. */
  shown(event: StoredEvent): Pdu | undefined {
    if (event.verdict === 'rejected' || this.#until === undefined) return undefined;
    if (!this.sees(event) && !this.#needs(event)) return undefined;
    return this.#data.erasures.shown(event, () => this.wasThere(event));
  }

  /** The same, or what a redaction leaves of the event: among the others it has its place, whoever may read it. */
  shownInPlace(event: StoredEvent): Pdu | undefined {
    if (event.verdict === 'rejected' || !this.#concerns(event)) return undefined;
    return this.shown(event) ?? redactedPdu(event.pdu, this.#data.version);
  }

  /** State that the server has been told already, or that it needs to check what it is told. */
  #needs({ pdu, number }: StoredEvent): boolean {
    const { type, stateKey } = pdu;
    if (stateKey === undefined || !this.joined) return false;
    return AUTHORISING.has(type) || this.#data.states.get(this.#data.head.root, type, stateKey) === number;
  }

  #concerns({ roomPos }: StoredEvent): boolean {
    if (this.#until === undefined) return false;
    // What has no place in the log came at an unknown time: then only who is here may see it.
    return roomPos === undefined ? this.joined : roomPos <= this.#until;
  }

  #allows({ visibility, joined, invited }: Standing, { roomPos }: StoredEvent): boolean {
    if (joined || visibility === 'world_readable') return true;
    if (visibility === 'invited') return invited;
    // "joined the room at any point after the event was sent": the last of the server's stays ends after it.
    return visibility === 'shared' && (this.joined || (roomPos ?? Infinity) < (this.#until ?? 0));
  }

  #standing(root: number): Standing {
    const known = this.#standings.get(root);
    if (known !== undefined) return known;
    const memberships = new Set<string>();
    for (const userId of this.#users) {
      memberships.add(membershipIn(this.#data, root, userId));
      if (memberships.has('join')) break;
    }
    const standing = {
      visibility: historyVisibility(this.#data, root),
      joined: memberships.has('join'),
      invited: memberships.has('invite'),
    };
    this.#standings.set(root, standing);
    return standing;
  }
}
