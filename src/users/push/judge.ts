// Judges events as they arrive: once for each class of rules in the room, and by itself for whoever the event names.
// https://spec.matrix.org/v1.19/client-server-api/#receiving-notifications
import type { LogEntry } from '../../ports/contracts/room.ts';
import { Steps } from '../../spec/glob.ts';
import { isObject, type JsonObject, member } from '../../spec/json.ts';
import type { Reader } from './conditions.ts';
import type { JudgedEvent } from './event-fields.ts';
import type { Note } from './note.ts';
import { DEFAULT_RULES, type RuleClass, type UserRules } from './rule-class.ts';
import type { Words } from './store/words.ts';

/** Readers that one event can name. */
const NAMED_MAX = 1000;
/**
 * Steps that all rules together may take for what arrives at once, about a tenth of a second's worth, and that one set of rules
 * may take for one event: where many have rules that are made to be slow, each has an equal share, so that nobody else waits.
 */
export const STEPS_AT_ONCE = 4_000_000;
const STEPS_MAX = 1_000_000;
const STEPS_LEAST = 1000;

/** A room as far as judging goes. */
export interface JudgedRoom {
  readonly members: ReadonlyMap<
    string,
    { readonly userId: string; readonly membership: string; readonly displayName: string | undefined }
  >;
}

/** Our users in the room, with their names, and by class. */
interface Readers {
  readonly names: Map<string, string | undefined>;
  readonly classes: Map<RuleClass, Set<string>>;
}

export interface JudgeNeighbours {
  readonly words: Words;
  rulesOf(userId: string): UserRules;
  isOurs(userId: string): boolean;
}

export class Judge {
  readonly #neighbours: JudgeNeighbours;
  readonly #readers = new Map<string, Readers>();

  constructor(neighbours: JudgeNeighbours) {
    this.#neighbours = neighbours;
  }

  /** A note for each entry, undefined where there is nothing to note. Changes nothing but the words that there are. */
  judge(roomId: string, room: JudgedRoom | undefined, entries: readonly LogEntry[]): (Note | undefined)[] {
    const readers = this.#readers.get(roomId) ?? this.#gather(roomId, room);
    const moves = entries.some(({ memberships }) => memberships.some(({ userId }) => this.#neighbours.isOurs(userId)));
    // Who is in the room is read anew once the change is written.
    if (moves) this.#readers.delete(roomId);
    else this.#readers.set(roomId, readers);
    return entries.map((entry) => {
      const note = this.#judge(roomId, entry, readers, STEPS_AT_ONCE / entries.length);
      for (const { userId, membership, displayName } of entry.memberships) {
        if (!this.#neighbours.isOurs(userId)) continue;
        this.#leave(readers, userId);
        if (membership === 'join') this.#enter(roomId, readers, userId, displayName);
      }
      return note;
    });
  }

  /** A user has other rules now. */
  forget(): void {
    this.#readers.clear();
  }

  #gather(roomId: string, room: JudgedRoom | undefined): Readers {
    const readers: Readers = { names: new Map(), classes: new Map() };
    for (const { userId, membership, displayName } of room?.members.values() ?? [])
      if (membership === 'join' && this.#neighbours.isOurs(userId)) this.#enter(roomId, readers, userId, displayName);
    return readers;
  }

  #enter(roomId: string, { names, classes }: Readers, userId: string, name: string | undefined): void {
    names.set(userId, name);
    const ruleClass = this.#neighbours.rulesOf(userId).classIn(roomId);
    const users = classes.get(ruleClass);
    if (users) users.add(userId);
    else classes.set(ruleClass, new Set([userId]));
  }

  #leave({ names, classes }: Readers, userId: string): void {
    if (!names.delete(userId)) return;
    for (const [ruleClass, users] of classes) if (users.delete(userId) && users.size === 0) classes.delete(ruleClass);
  }

  #judge(roomId: string, { event }: LogEntry, readers: Readers, most: number): Note | undefined {
    if (event?.push === undefined) return undefined;
    const { words, isOurs } = this.#neighbours;
    const judged: JudgedEvent = { fields: fieldsOf(roomId, event), facts: event.push, sender: event.sender };
    const number = (outcome: string): number => (outcome === '' ? 0 : words.number(`a${outcome}`));
    const alone = readers.names.size === 1 && readers.names.has(event.sender);
    const named = this.#namedBy(event, event.push.content, readers);
    for (const [ruleClass, users] of alone ? [] : readers.classes)
      if (ruleClass.isPersonal) for (const userId of users) if (userId !== event.sender) named.add(userId);
    const share = Math.trunc(most / (readers.classes.size + named.size + 1));
    const steps = (): Steps => new Steps(Math.min(STEPS_MAX, Math.max(STEPS_LEAST, share)));
    const general = DEFAULT_RULES.classIn(roomId);
    const verdicts = new Map<RuleClass, string>();
    const verdictOf = (ruleClass: RuleClass): string => {
      let verdict = verdicts.get(ruleClass);
      if (verdict === undefined) verdicts.set(ruleClass, (verdict = ruleClass.judge(judged, NOBODY, steps())));
      return verdict;
    };
    const outcome = !alone && readers.classes.has(general) ? verdictOf(general) : '';
    const classes: [number, number][] = [];
    if (!alone) {
      for (const ruleClass of readers.classes.keys()) {
        const verdict = verdictOf(ruleClass);
        if (verdict !== outcome) classes.push([words.number(`c${ruleClass.key}`), number(verdict)]);
      }
    }
    const individual: [number, number][] = [];
    for (const userId of named) {
      const ruleClass = this.#neighbours.rulesOf(userId).classIn(roomId);
      const verdict = ruleClass.judge(judged, { userId, displayName: readers.names.get(userId) }, steps());
      const isIn = readers.classes.get(ruleClass)?.has(userId) === true;
      if (verdict !== (isIn ? verdictOf(ruleClass) : outcome))
        individual.push([words.number(`u${userId}`), number(verdict)]);
    }
    if (outcome === '' && classes.length === 0 && individual.length === 0 && !isOurs(event.sender)) return undefined;
    const sender = words.number(`u${event.sender}`);
    return {
      // A change of one's own membership or name does not say that one has read what was before it.
      sender: event.type === 'm.room.member' && event.stateKey === event.sender ? -sender : sender,
      thread: event.push.threadId === 'main' ? 0 : words.number(`t${event.push.threadId}`),
      outcome: number(outcome),
      classes,
      readers: individual,
    };
  }

  /** Our users for whom the event may be another one than for their class: whom it mentions, and whom it invites. */
  #namedBy(event: NonNullable<LogEntry['event']>, content: JsonObject, { names }: Readers): Set<string> {
    const named = new Set<string>();
    const mentions = member(content, 'm.mentions');
    const users = isObject(mentions) ? member(mentions, 'user_ids') : undefined;
    if (Array.isArray(users)) {
      for (const user of users) {
        if (typeof user === 'string' && names.has(user) && named.size < NAMED_MAX) named.add(user);
      }
    }
    const { type, stateKey } = event;
    if (type === 'm.room.member' && stateKey !== undefined && this.#neighbours.isOurs(stateKey)) named.add(stateKey);
    named.delete(event.sender);
    return named;
  }
}

const NOBODY: Reader = { userId: undefined, displayName: undefined };

function fieldsOf(roomId: string, event: NonNullable<LogEntry['event']>): JsonObject {
  return {
    type: event.type,
    sender: event.sender,
    room_id: roomId,
    event_id: event.eventId,
    origin_server_ts: event.originServerTs,
    content: event.push!.content,
    ...(event.stateKey === undefined ? {} : { state_key: event.stateKey }),
  };
}
