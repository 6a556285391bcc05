// Who acts in the tests, and what they do: each deed is an event without its place in a room.
import type { EventDraft } from '../../src/authorization/selection.ts';
import type { JsonObject } from '../../src/spec/json.ts';

export interface Deed extends EventDraft {
  /** Overrides what the room would give the event. */
  readonly prevEvents?: readonly string[];
  readonly redacts?: string;
  readonly eventId?: string;
}

export class Person {
  readonly id: string;
  readonly server: string;

  constructor(name: string, server: string) {
    this.id = `@${name}:${server}`;
    this.server = server;
  }

  sets(type: string, content: JsonObject, stateKey = ''): Deed {
    return { type, sender: this.id, stateKey, content };
  }

  says(body: string): Deed {
    return { type: 'm.room.message', sender: this.id, content: { body } };
  }

  puts(target: Person | string, membership: string, more: JsonObject = {}): Deed {
    const stateKey = typeof target === 'string' ? target : target.id;
    return { type: 'm.room.member', sender: this.id, stateKey, content: { membership, ...more } };
  }

  joins(more: JsonObject = {}): Deed {
    return this.puts(this, 'join', more);
  }

  leaves(): Deed {
    return this.puts(this, 'leave');
  }

  knocks(): Deed {
    return this.puts(this, 'knock');
  }

  invites(target: Person): Deed {
    return this.puts(target, 'invite');
  }

  kicks(target: Person): Deed {
    return this.puts(target, 'leave');
  }

  bans(target: Person): Deed {
    return this.puts(target, 'ban');
  }

  opens(joinRule: string): Deed {
    return this.sets('m.room.join_rules', { join_rule: joinRule });
  }

  ranks(content: JsonObject): Deed {
    return this.sets('m.room.power_levels', content);
  }
}

export const alice = new Person('alice', 'a.example');
export const bob = new Person('bob', 'b.example');
export const charlie = new Person('charlie', 'c.example');
