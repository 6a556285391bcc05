// What clients may read of a room. Every read is by requester, room, event and the state at that event.
// https://spec.matrix.org/v1.19/client-server-api/#getting-events-for-a-room
import type { Requester } from '../../ports/contracts/requester.ts';
import type { LogEntry, MessagesPage, MessagesRequest, RoomReading } from '../../ports/contracts/room.ts';
import type { RoomWindow, WindowRequest } from '../../ports/contracts/room-window.ts';
import { forbidden, notFound } from '../../spec/errors.ts';
import { member, type JsonObject } from '../../spec/json.ts';
import { entriesAfter, membershipOf } from '../delivery/entries.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import { View } from '../visibility.ts';
import { Windows } from '../window/window.ts';
import { accessOf, type Access } from './access.ts';
import { messagesPage } from './messages.ts';
import { MEMBERSHIPS_SHOWN_MAX, shownEvent, type Showing } from './shown-event.ts';

type MemberFilter = Parameters<RoomReading['members']>[1];

/** Log entries in one answer. */
const LOG_BATCH = 500;
/** Events listed before others have a turn. */
const PIECE = 500;

export class Reading implements RoomReading {
  readonly #data: RoomData;
  readonly #windows: Windows;

  constructor(data: RoomData) {
    this.#data = data;
    this.#windows = new Windows(data);
  }

  async event(by: Requester, eventId: string): Promise<JsonObject> {
    const event = this.#data.byId(eventId);
    const showing = this.#showing(by);
    if (event === undefined || !showing.view.sees(event)) throw notFound('There is no such event in this room.');
    return shownEvent(this.#data, event, showing);
  }

  async state(by: Requester): Promise<readonly JsonObject[]> {
    const { root } = accessOf(this.#data, by.userId);
    return this.#list(
      this.#data.states.all(root),
      this.#listed(by, () => true),
    );
  }

  async stateEvent(by: Requester, type: string, stateKey: string): Promise<JsonObject> {
    const { root } = accessOf(this.#data, by.userId);
    const event = this.#data.stateEvent(root, type, stateKey);
    if (event === undefined) throw notFound('The room has no such state.');
    return shownEvent(this.#data, event, this.#showing(by));
  }

  async members(by: Requester, filter: MemberFilter): Promise<readonly JsonObject[]> {
    const access = accessOf(this.#data, by.userId);
    const wanted = (event: StoredEvent): boolean => isWanted(membershipOf(event), filter);
    return this.#list(this.#memberNumbers(access, filter.at), this.#listed(by, wanted));
  }

  async joinedMembers(by: Requester): ReturnType<RoomReading['joinedMembers']> {
    const access = accessOf(this.#data, by.userId);
    if (!access.joined) throw forbidden('You are not in this room.');
    return this.#list(this.#memberNumbers(access, undefined), (event) =>
      membershipOf(event) === 'join' ? joinedMember(event) : undefined,
    );
  }

  async messages(by: Requester, page: MessagesRequest): Promise<MessagesPage> {
    return messagesPage(this.#data, by, page, this.#data.env.clock.now());
  }

  async window(request: WindowRequest): Promise<RoomWindow> {
    return this.#windows.window(request);
  }

  async log(_group: number, after: number): Promise<{ readonly epoch: number; readonly entries: readonly LogEntry[] }> {
    const { epoch, roomPos } = this.#data.head;
    return { epoch, entries: entriesAfter(this.#data, after, roomPos, LOG_BATCH) };
  }

  /** The numbers of the member events of the state that counts for the reader, or of an earlier one. */
  #memberNumbers(access: Access, at: number | undefined): number[] {
    const { log, states } = this.#data;
    const root = at === undefined || at >= access.until ? access.root : (log.rootAt(at) ?? states.empty);
    const others = new Set(states.allButMembers(root));
    return states.all(root).filter((number) => !others.has(number));
  }

  /** Makes a list of events in pieces, so that a room of very many members holds nobody up. A state never changes meanwhile. */
  async #list<T>(numbers: readonly number[], make: (event: StoredEvent) => T | undefined): Promise<T[]> {
    const sorted = numbers.toSorted((a, b) => a - b);
    const list: T[] = [];
    for (let at = 0; at < sorted.length; at += PIECE) {
      if (at > 0) await this.#breath();
      for (const event of this.#data.many(sorted.slice(at, at + PIECE))) {
        const made = make(event);
        if (made !== undefined) list.push(made);
      }
    }
    return list;
  }

  #listed(
    by: Requester,
    isWantedHere: (event: StoredEvent) => boolean,
  ): (event: StoredEvent) => JsonObject | undefined {
    const showing = { ...this.#showing(by), withMembership: this.#data.head.joined <= MEMBERSHIPS_SHOWN_MAX };
    return (event) => (isWantedHere(event) ? shownEvent(this.#data, event, showing) : undefined);
  }

  async #breath(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#data.env.clock.timer(0, resolve);
    return promise;
  }

  #showing(by: Requester): Showing {
    return {
      view: new View(this.#data, by.userId),
      deviceId: by.deviceId,
      withRoomId: true,
      withMembership: true,
      format: 'client',
      now: this.#data.env.clock.now(),
    };
  }
}

/** With both given, either is enough. */
function isWanted(membership: string, filter: MemberFilter): boolean {
  if (filter.membership === undefined && filter.notMembership === undefined) return true;
  return (
    membership === filter.membership || (filter.notMembership !== undefined && membership !== filter.notMembership)
  );
}

function joinedMember({ pdu }: StoredEvent): Awaited<ReturnType<RoomReading['joinedMembers']>>[number] {
  return {
    userId: pdu.stateKey ?? '',
    displayName: textMember(pdu.content, 'displayname'),
    avatarUrl: textMember(pdu.content, 'avatar_url'),
  };
}

function textMember(content: JsonObject, name: string): string | undefined {
  const value = member(content, name);
  return typeof value === 'string' ? value : undefined;
}
