// What a user has made of the push rules: rules of their own, and what they changed in the server's.
// https://spec.matrix.org/v1.19/client-server-api/#push-rules
import type { NewPushRule, PushRuleKind } from '../../ports/contracts/users-push.ts';
import { MatrixError, invalidParam, notFound } from '../../spec/errors.ts';
import { isObject, type Json, type JsonObject, member } from '../../spec/json.ts';
import { defaultPushRules } from './default-rules.ts';

export const KINDS: readonly PushRuleKind[] = ['override', 'content', 'room', 'sender', 'underride'];
const MASTER = '.m.rule.master';
/** Rules that stand for themselves in a room or for a sender are found at once; others are asked one by one for every event. */
const NAMED_MAX = 2000;
const ASKED_MAX = 200;
const CONDITIONS_MAX = 20;
const RULE_BYTES = 8192;
const ID_BYTES = 255;
const ALL_BYTES = 200_000;
/** "Clients and homeservers MUST ignore these actions": they are kept as they were given, and do nothing. */
const HISTORICAL = new Set(['dont_notify', 'coalesce']);

type Lists = Readonly<Record<PushRuleKind, readonly JsonObject[]>>;

/** What was changed in a rule of the server's. */
interface Changed {
  readonly enabled?: boolean;
  readonly actions?: readonly Json[];
}

export class OwnRules {
  readonly #lists: Lists;
  readonly #changed: ReadonlyMap<string, Changed>;

  private constructor(lists: Lists, changed: ReadonlyMap<string, Changed>) {
    this.#lists = lists;
    this.#changed = changed;
  }

  static readonly none = new OwnRules({ override: [], content: [], room: [], sender: [], underride: [] }, new Map());

  /** Reads what `json` wrote. */
  static from(stored: JsonObject): OwnRules {
    const list = (kind: PushRuleKind): readonly JsonObject[] => stored[kind] as readonly JsonObject[];
    const changed = stored['defaults'] as unknown as readonly (readonly [string, Changed])[];
    return new OwnRules(
      {
        override: list('override'),
        content: list('content'),
        room: list('room'),
        sender: list('sender'),
        underride: list('underride'),
      },
      new Map(changed),
    );
  }

  json(): JsonObject {
    return { ...this.#lists, defaults: [...this.#changed] as unknown as Json };
  }

  /** The ruleset as it is shown: the server's rules stand below the user's own, but for the master rule. */
  ruleset(userId: string): Record<PushRuleKind, readonly JsonObject[]> {
    const defaults = defaultPushRules(userId)['global'] as unknown as Lists;
    const rules = { ...this.#lists } as Record<PushRuleKind, readonly JsonObject[]>;
    for (const kind of KINDS) {
      const servers = defaults[kind].map((rule) => ({ ...rule, ...this.#changed.get(String(rule['rule_id'])) }));
      const isMaster = (rule: JsonObject): boolean => rule['rule_id'] === MASTER;
      rules[kind] = [
        ...servers.filter(isMaster),
        ...this.#lists[kind],
        ...servers.filter((rule) => !isMaster(rule)),
      ] as readonly JsonObject[];
    }
    return rules;
  }

  put(
    kind: PushRuleKind,
    ruleId: string,
    rule: NewPushRule,
    place: { readonly before: string | undefined; readonly after: string | undefined },
  ): OwnRules {
    checkId(ruleId);
    const list = this.#lists[kind];
    const before = list.find((one) => one['rule_id'] === ruleId);
    const made = newRule(kind, ruleId, rule, before?.['enabled'] !== false);
    if (JSON.stringify(made).length > RULE_BYTES) throw tooMuch();
    const others = list.filter((one) => one !== before);
    const at = (id: string): number => {
      const index = others.findIndex((one) => one['rule_id'] === id);
      if (index < 0) throw new MatrixError(400, 'M_UNKNOWN', `before/after rule not found: ${id}`);
      return index;
    };
    const [below, above] = [place.after, place.before].map((id) => (id === undefined ? undefined : at(id)));
    const same = before === undefined ? 0 : list.indexOf(before);
    const index = above ?? (below === undefined ? same : below + 1);
    return this.#with(kind, others.toSpliced(index, 0, made)).#bounded();
  }

  delete(kind: PushRuleKind, ruleId: string): OwnRules {
    const list = this.#lists[kind].filter((rule) => rule['rule_id'] !== ruleId);
    if (list.length === this.#lists[kind].length) throw unknownRule();
    return this.#with(kind, list);
  }

  enable(kind: PushRuleKind, ruleId: string, enabled: boolean): OwnRules {
    return this.#change(kind, ruleId, { enabled });
  }

  setActions(kind: PushRuleKind, ruleId: string, actions: readonly Json[]): OwnRules {
    checkActions(actions);
    if (JSON.stringify(actions).length > RULE_BYTES) throw tooMuch();
    return this.#change(kind, ruleId, { actions }).#bounded();
  }

  /** The same rules, where a room stands in for another: undefined if nothing is said of that one. */
  carriedOver(from: string, to: string): OwnRules | undefined {
    const isOf = (rule: JsonObject): boolean => rule['rule_id'] === from;
    const found = this.#lists.room.find(isOf);
    const names = (rule: JsonObject): boolean => conditionsOf(rule).some((one) => isRoomCondition(one, from));
    const copies = (kind: PushRuleKind): JsonObject[] =>
      this.#lists[kind].filter(names).map((rule) => ({
        ...rule,
        rule_id: rule['rule_id'] === from ? to : `${String(rule['rule_id']).slice(0, 100)}-${to}`.slice(0, ID_BYTES),
        conditions: conditionsOf(rule).map((one) => (isRoomCondition(one, from) ? { ...one, pattern: to } : one)),
      }));
    const added: Lists = {
      ...OwnRules.none.#lists,
      room: found === undefined ? [] : [{ ...found, rule_id: to }],
      override: copies('override'),
      underride: copies('underride'),
    };
    if (KINDS.every((kind) => added[kind].length === 0)) return undefined;
    const lists = { ...this.#lists } as Record<PushRuleKind, readonly JsonObject[]>;
    for (const kind of KINDS) {
      const known = new Set(lists[kind].map((rule) => rule['rule_id']));
      lists[kind] = [...added[kind].filter((rule) => !known.has(rule['rule_id'])), ...lists[kind]];
    }
    return new OwnRules(lists, this.#changed).#bounded();
  }

  #change(kind: PushRuleKind, ruleId: string, change: Changed): OwnRules {
    const index = this.#lists[kind].findIndex((rule) => rule['rule_id'] === ruleId);
    if (index >= 0) {
      return this.#with(kind, this.#lists[kind].with(index, { ...this.#lists[kind][index]!, ...change } as JsonObject));
    }
    const defaults = defaultPushRules('')['global'] as unknown as Lists;
    if (!defaults[kind].some((rule) => rule['rule_id'] === ruleId)) throw unknownRule();
    return new OwnRules(
      this.#lists,
      new Map([...this.#changed, [ruleId, { ...this.#changed.get(ruleId), ...change }]]),
    );
  }

  #with(kind: PushRuleKind, list: readonly JsonObject[]): OwnRules {
    return new OwnRules({ ...this.#lists, [kind]: list }, this.#changed);
  }

  #bounded(): OwnRules {
    const { override, content, room, sender, underride } = this.#lists;
    if (override.length + content.length + underride.length > ASKED_MAX || room.length + sender.length > NAMED_MAX) {
      throw tooMuch();
    }
    if (JSON.stringify(this.json()).length > ALL_BYTES) throw tooMuch();
    return this;
  }
}

/** Whether a condition says "in this room and no other". */
export function isRoomCondition(condition: Json, roomId: string): condition is JsonObject {
  return literalRoom(condition) === roomId;
}

/** The one room that a condition is about, if it is. */
export function literalRoom(condition: Json): string | undefined {
  if (!isObject(condition) || condition['kind'] !== 'event_match' || condition['key'] !== 'room_id') return undefined;
  const pattern = member(condition, 'pattern');
  return typeof pattern === 'string' && !/[*?]/.test(pattern) ? pattern : undefined;
}

export function conditionsOf(rule: JsonObject): readonly Json[] {
  const conditions = member(rule, 'conditions');
  return Array.isArray(conditions) ? (conditions as readonly Json[]) : [];
}

function checkId(ruleId: string): void {
  if (ruleId.startsWith('.')) throw invalidParam('Ids that begin with a dot are the server\u2019s.');
  if (/[/\\]/.test(ruleId)) throw invalidParam('A rule id has no slash or backslash.');
  if (ruleId === '' || Buffer.byteLength(ruleId) > ID_BYTES) throw invalidParam('A rule id has 1 to 255 bytes.');
}

function newRule(kind: PushRuleKind, ruleId: string, rule: NewPushRule, enabled: boolean): JsonObject {
  checkActions(rule.actions);
  const made = { rule_id: ruleId, default: false, enabled, actions: rule.actions };
  if (kind === 'override' || kind === 'underride') {
    const conditions = rule.conditions ?? [];
    if (conditions.length > CONDITIONS_MAX) throw tooMuch();
    if (!conditions.every((one) => isObject(one) && typeof member(one, 'kind') === 'string'))
      throw invalidParam('A condition is an object with a kind.');
    return { ...made, conditions };
  }
  if (kind !== 'content') return made;
  if (rule.pattern === undefined) throw invalidParam('A content rule has a pattern.');
  return { ...made, pattern: rule.pattern };
}

function checkActions(actions: readonly Json[]): void {
  for (const action of actions) {
    const known =
      typeof action === 'string'
        ? action === 'notify' || HISTORICAL.has(action)
        : isObject(action) && typeof member(action, 'set_tweak') === 'string';
    if (!known) throw invalidParam('An action is notify or sets a tweak.');
  }
}

function unknownRule(): MatrixError {
  return notFound('There is no such push rule.');
}

function tooMuch(): MatrixError {
  return new MatrixError(413, 'M_TOO_LARGE', 'There are too many push rules, or they are too large.');
}
