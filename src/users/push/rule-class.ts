// Push rules made ready to be asked, shared by all who have the same ones in a room: an event is judged once for each class.
// https://spec.matrix.org/v1.19/client-server-api/#push-rules
import { createHash } from 'node:crypto';
import type { Json, JsonObject } from '../../spec/json.ts';
import { bodyMatches, type Condition, conditionOf, type Reader, SELF } from './conditions.ts';
import type { JudgedEvent } from './event-fields.ts';
import type { Steps } from '../../spec/glob.ts';
import { conditionsOf, KINDS, literalRoom, OwnRules } from './own-rules.ts';

/** Classes kept ready. */
const KEPT = 2000;

interface Ready {
  readonly conditions: readonly Condition[];
  /** The actions as JSON text; empty if the rule notifies of nothing. */
  readonly outcome: string;
}

export class RuleClass {
  /** Says which rules these are; the same over restarts. */
  readonly key: string;
  /** Whether the name of a reader matters, so that each has to be asked for. */
  readonly isPersonal: boolean;
  /** In order; the rules for senders, which are many, are found by name in between. */
  readonly #above: readonly Ready[];
  readonly #senders: ReadonlyMap<string, string>;
  readonly #below: readonly Ready[];

  constructor(key: string, rules: readonly (readonly [kind: string, rule: JsonObject])[]) {
    this.key = key;
    this.isPersonal = rules.some(([, rule]) =>
      conditionsOf(rule).some((one) => JSON.stringify(one).includes('contains_display_name')),
    );
    const ready = (below: boolean): Ready[] =>
      rules
        .filter(([kind]) => kind !== 'sender' && (kind === 'underride') === below)
        .map(([kind, rule]) => ({ conditions: conditionsFor(kind, rule), outcome: outcomeOf(rule) }));
    this.#above = ready(false);
    this.#senders = new Map(
      rules.flatMap(([kind, rule]) => (kind === 'sender' ? [[String(rule['rule_id']), outcomeOf(rule)]] : [])),
    );
    this.#below = ready(true);
  }

  /** What the event does for a reader: the actions as JSON text, empty if it notifies of nothing. */
  judge(event: JudgedEvent, reader: Reader, steps: Steps): string {
    const holds = ({ conditions }: Ready): boolean => conditions.every((condition) => condition(event, reader, steps));
    const above = this.#above.find(holds);
    if (above !== undefined) return above.outcome;
    return this.#senders.get(event.sender) ?? this.#below.find(holds)?.outcome ?? '';
  }
}

/** One user's rules, and the class that they are of in each room. */
export class UserRules {
  readonly own: OwnRules;
  readonly #rules: readonly (readonly [kind: string, rule: JsonObject])[];
  /** The rooms that a rule names. Elsewhere all of these rules are as good as absent. */
  readonly #named: ReadonlySet<string>;
  readonly #classes = new Map<string, RuleClass>();

  constructor(own: OwnRules) {
    this.own = own;
    const ruleset = own.ruleset(SELF);
    this.#rules = KINDS.flatMap((kind) =>
      ruleset[kind].filter((rule) => rule['enabled'] === true).map((rule) => [kind, rule] as const),
    );
    this.#named = new Set(this.#rules.flatMap(([kind, rule]) => roomsOf(kind, rule)));
  }

  classIn(roomId: string): RuleClass {
    const name = this.#named.has(roomId) ? roomId : '';
    let found = this.#classes.get(name);
    if (found === undefined) this.#classes.set(name, (found = this.#make(name)));
    return found;
  }

  /** The class in general, and those of the rooms where it is another, for the record. */
  keys(): { readonly general: string; readonly rooms: readonly (readonly [roomId: string, key: string])[] } {
    return {
      general: this.classIn('').key,
      rooms: [...this.#named].map((roomId) => [roomId, this.classIn(roomId).key] as const),
    };
  }

  #make(roomId: string): RuleClass {
    const rules = this.#rules.filter(([kind, rule]) => roomsOf(kind, rule).every((room) => room === roomId));
    const key = createHash('sha256').update(JSON.stringify(rules)).digest('base64url').slice(0, 16);
    const known = classes.get(key);
    if (known !== undefined) return known;
    if (classes.size >= KEPT) classes.clear();
    const made = new RuleClass(key, rules);
    classes.set(key, made);
    return made;
  }
}

/** Made of nothing but its rules, which are the same for everybody who has them. */
const classes = new Map<string, RuleClass>();

export const DEFAULT_RULES = new UserRules(OwnRules.none);

/** The rooms that a rule says to be for. */
function roomsOf(kind: string, rule: JsonObject): string[] {
  if (kind === 'room') return [String(rule['rule_id'])];
  return conditionsOf(rule).flatMap((condition) => literalRoom(condition) ?? []);
}

function conditionsFor(kind: string, rule: JsonObject): Condition[] {
  if (kind === 'content') return [bodyMatches(String(rule['pattern']))];
  return kind === 'room' ? [] : conditionsOf(rule).map(conditionOf);
}

function outcomeOf(rule: JsonObject): string {
  const actions = (rule['actions'] as readonly Json[]).filter(
    (action) => action !== 'dont_notify' && action !== 'coalesce',
  );
  return actions.includes('notify') ? JSON.stringify(actions) : '';
}
