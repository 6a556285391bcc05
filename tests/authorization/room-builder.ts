// A room grown deed by deed: every deed becomes an event, is judged by the state the room has then, and takes effect when
// it is allowed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authStateOf } from '../../src/authorization/auth-state.ts';
import { authorize } from '../../src/authorization/authorize.ts';
import { PowerLevels } from '../../src/authorization/power-levels.ts';
import type { Reason, Verdict } from '../../src/authorization/verdict.ts';
import type { Pdu } from '../../src/events/pdu.ts';
import type { RoomVersion } from '../../src/events/room-version.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import { alice } from './people.ts';
import type { Deed, Person } from './people.ts';

export class TestRoom {
  readonly version: RoomVersion;
  readonly events: Pdu[] = [];
  #count = 0;

  constructor(version: RoomVersion) {
    this.version = version;
  }

  get roomId(): string {
    return this.version.roomIdIsCreateHash ? '!event1' : '!room:a.example';
  }

  get state(): ReturnType<typeof authStateOf> {
    return authStateOf(this.events);
  }

  get powerLevels(): PowerLevels {
    return PowerLevels.of(this.state, this.version);
  }

  /** The event that `deed` would be now. */
  draft(deed: Deed): Pdu {
    this.#count += 1;
    const carried = this.version.eventId === 'carried';
    const last = this.events.at(-1);
    const isCreate = deed.type === 'm.room.create';
    return {
      eventId: deed.eventId ?? `$event${this.#count}${carried ? deed.sender.slice(deed.sender.indexOf(':')) : ''}`,
      roomId: this.roomId,
      type: deed.type,
      sender: deed.sender,
      stateKey: deed.stateKey,
      content: deed.content,
      prevEvents: deed.prevEvents ?? (isCreate || last === undefined ? [] : [last.eventId]),
      authEvents: [],
      depth: this.#count,
      originServerTs: this.#count,
      redacts: deed.redacts,
      json: isCreate && this.version.roomIdIsCreateHash ? {} : { room_id: this.roomId },
    };
  }

  judge(event: Pdu): Verdict {
    return authorize(event, this.version, this.state);
  }

  /** Judges `deed` and lets it take effect when it is allowed. */
  does(deed: Deed): 'allow' | Reason {
    const event = this.draft(deed);
    const verdict = this.judge(event);
    if (!verdict.allowed) return verdict.reason;
    this.events.push(event);
    return 'allow';
  }

  must(...deeds: readonly Deed[]): this {
    for (const deed of deeds)
      assert.equal(this.does(deed), 'allow', `${deed.sender} ${deed.type} ${JSON.stringify(deed.content)}`);
    return this;
  }
}

export function creation(creator: Person, version: RoomVersion, more: JsonObject = {}): Deed {
  const content = { room_version: version.id, ...(version.creatorIsSender ? {} : { creator: creator.id }), ...more };
  return creator.sets('m.room.create', content);
}

/** Alice's room: she created it and is in it, and nothing else was said. */
export function newRoom(version: RoomVersion): TestRoom {
  return new TestRoom(version).must(creation(alice, version), alice.joins());
}

/**
 * Alice's public room with power levels; `content` may name everybody but Alice, who has 100 or, as a privileged creator,
 * infinite power.
 */
export function rankedRoom(version: RoomVersion, content: JsonObject = {}, users: JsonObject = {}): TestRoom {
  const ofAlice: JsonObject = version.privilegedCreators ? {} : { [alice.id]: 100 };
  return newRoom(version).must(alice.opens('public'), alice.ranks({ ...content, users: { ...ofAlice, ...users } }));
}

export type Step = readonly [Deed, 'allow' | Reason];

/** One test for each version: the steps happen in order in the room that `open` makes. */
export function story(
  name: string,
  versions: readonly RoomVersion[],
  open: (version: RoomVersion) => TestRoom,
  steps: readonly Step[],
): void {
  for (const version of versions) {
    test(`${name} (version ${version.id})`, () => {
      const room = open(version);
      steps.forEach(([deed, expected], index) => {
        assert.equal(
          room.does(deed),
          expected,
          `step ${index + 1}: ${deed.sender} ${deed.type} ${JSON.stringify(deed.content)}`,
        );
      });
    });
  }
}
