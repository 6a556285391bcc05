// What a played server knows of a room: enough to make events that are in their place.
// https://spec.matrix.org/v1.19/server-server-api/#pdus
import { authEventsFor } from '../../src/authorization/selection.ts';
import type { RoomVersion } from '../../src/events/room-version.ts';
import { roomVersion } from '../../src/events/room-versions.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import type { ScriptedServer } from '../../tests/federation/scripted-server.ts';
import { idOf, type Visitor } from '../../tests/federation/visitor.ts';

export interface Wish {
  readonly sender: string;
  readonly type: string;
  readonly stateKey?: string;
  readonly content: JsonObject;
}

export interface MadeEvent {
  readonly eventId: string;
  readonly text: string;
}

export class PlayedRoom {
  readonly roomId: string;
  readonly version: RoomVersion;
  /** The current state, by type and state key. */
  readonly state = new Map<string, MadeEvent>();
  latest: readonly string[] = [];
  depth = 0;

  constructor(roomId: string, version: string) {
    this.roomId = roomId;
    this.version = roomVersion(version)!;
  }

  /** As a visitor knows it that has just joined. */
  static of(visitor: Visitor, roomId: string, join: MadeEvent): PlayedRoom {
    const room = new PlayedRoom(roomId, visitor.version);
    for (const [place, json] of visitor.state)
      room.state.set(place, { eventId: idOf(json, visitor.version), text: JSON.stringify(json) });
    room.latest = [join.eventId];
    room.depth = Number((JSON.parse(join.text) as JsonObject)['depth']);
    return room;
  }

  /** The ids of the events that authorise such a one. */
  authFor(wish: Wish): string[] {
    const places = authEventsFor({ ...wish, stateKey: wish.stateKey }, this.version);
    return places.flatMap(({ type, stateKey }) => this.state.get(placeOf(type, stateKey))?.eventId ?? []);
  }

  /** The next event of the room. */
  event(server: ScriptedServer, wish: Wish): MadeEvent {
    this.depth += 1;
    const pdu = server.event(
      {
        ...wish,
        stateKey: wish.stateKey,
        roomId: this.roomId,
        prevEvents: this.latest,
        authEvents: this.authFor(wish),
        depth: this.depth,
        originServerTs: Date.now(),
      } as Parameters<ScriptedServer['event']>[0],
      this.version.id,
    );
    const made = { eventId: pdu.eventId, text: JSON.stringify(pdu.json) };
    this.latest = [made.eventId];
    if (wish.stateKey !== undefined) this.state.set(placeOf(wish.type, wish.stateKey), made);
    return made;
  }

  join(server: ScriptedServer, userId: string): MadeEvent {
    return this.event(server, {
      sender: userId,
      type: 'm.room.member',
      stateKey: userId,
      content: { membership: 'join', displayname: userId.slice(1, userId.indexOf(':')) },
    });
  }
}

const placeOf = (type: string, stateKey: string): string => JSON.stringify([type, stateKey]);
