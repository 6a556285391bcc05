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
import { shownEvent, type Showing } from './shown-event.ts';

/** Log entries in one answer. */
const LOG_BATCH = 500;

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
    const showing = this.#showing(by);
    return this.#data.many(this.#data.states.all(root)).map((event) => shownEvent(this.#data, event, showing));
  }

  async stateEvent(by: Requester, type: string, stateKey: string): Promise<JsonObject> {
    const { root } = accessOf(this.#data, by.userId);
    const event = this.#data.stateEvent(root, type, stateKey);
    if (event === undefined) throw notFound('The room has no such state.');
    return shownEvent(this.#data, event, this.#showing(by));
  }

  async members(by: Requester, filter: { readonly membership?: string; readonly notMembership?: string; readonly at?: number }): Promise<readonly JsonObject[]> {
    const access = accessOf(this.#data, by.userId);
    const showing = this.#showing(by);
    return this.#memberEvents(access, filter.at)
      .filter((event) => isWanted(membershipOf(event), filter))
      .map((event) => shownEvent(this.#data, event, showing));
  }

  async joinedMembers(by: Requester): ReturnType<RoomReading['joinedMembers']> {
    const access = accessOf(this.#data, by.userId);
    if (!access.joined) throw forbidden('You are not in this room.');
    return this.#memberEvents(access, undefined)
      .filter((event) => membershipOf(event) === 'join')
      .map(({ pdu }) => ({
        userId: pdu.stateKey ?? '',
        displayName: textMember(pdu.content, 'displayname'),
        avatarUrl: textMember(pdu.content, 'avatar_url'),
      }));
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

  /** The member events of the state that counts for the reader, or of an earlier one. */
  #memberEvents(access: Access, at: number | undefined): StoredEvent[] {
    const data = this.#data;
    const root = at === undefined || at >= access.until ? access.root : (data.log.rootAt(at) ?? data.states.empty);
    return data.many(data.states.all(root)).filter((event) => event.pdu.type === 'm.room.member');
  }

  #showing(by: Requester): Showing {
    return {
      view: new View(this.#data, by.userId), deviceId: by.deviceId, withRoomId: true, format: 'client', now: this.#data.env.clock.now(),
    };
  }
}

/** With both given, either is enough. */
function isWanted(membership: string, filter: { readonly membership?: string; readonly notMembership?: string }): boolean {
  if (filter.membership === undefined && filter.notMembership === undefined) return true;
  return membership === filter.membership || (filter.notMembership !== undefined && membership !== filter.notMembership);
}

function textMember(content: JsonObject, name: string): string | undefined {
  const value = member(content, name);
  return typeof value === 'string' ? value : undefined;
}
