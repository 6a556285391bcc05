// The room's states by (type, state_key): persistent maps over the room's own key numbers.
import { EMPTY, type Root } from '../state/map/root.ts';
import { StateMap } from '../state/map/state-map.ts';
import { Bounded } from './bounded.ts';
import type { KeyStore } from './store/keys.ts';
import type { NodeRows } from './store/nodes.ts';

export interface StateChange {
  /** The room's number for the type and state key. */
  readonly key: number;
  /** The numbers of the events before and after; undefined where there was or is none. */
  readonly before: number | undefined;
  readonly after: number | undefined;
}

export interface StateEntry {
  readonly type: string;
  readonly stateKey: string;
  readonly number: number | undefined;
}

const KEYS_KEPT = 10_000;
/** Remembered for a key that has no number yet: many states are asked for what they never held. */
const NONE = -1;

export class States {
  readonly empty: Root = EMPTY;
  /** The maps themselves, by the room's key numbers. */
  readonly map: StateMap;
  readonly #rows: NodeRows;
  readonly #keyStore: KeyStore;
  /** By type, so that two texts need not be made one. */
  readonly #keys = new Map<string, Bounded<string, number>>();

  #otherKeys: readonly number[] | undefined;

  constructor(keys: KeyStore, rows: NodeRows) {
    this.#keyStore = keys;
    this.#rows = rows;
    this.map = new StateMap(rows);
  }

  /** The number of the event that a state holds for a key. */
  get(root: Root, type: string, stateKey: string): number | undefined {
    if (root === EMPTY) return undefined;
    const key = this.key(type, stateKey);
    return key === undefined ? undefined : this.map.get(root, key);
  }

  /** The state in which the event stands for its key. A key that is new to the room gets the next number. */
  set(root: Root, type: string, stateKey: string, number: number, keyCount: number): { root: Root; keyCount: number } {
    return this.edit(root, [{ type, stateKey, number }], keyCount);
  }

  /** The state with changes made; undefined takes a key's event out. Keys that are new to the room get the next numbers. */
  edit(root: Root, entries: readonly StateEntry[], keyCount: number): { root: Root; keyCount: number } {
    const changes = new Map<number, number | undefined>();
    let next = keyCount;
    for (const { type, stateKey, number } of entries) {
      const known = this.key(type, stateKey);
      const key = known ?? next;
      if (known === undefined) {
        this.#keyStore.put(type, stateKey, key);
        if (type !== 'm.room.member') this.#otherKeys = undefined;
        this.#remember(type, stateKey, key);
        next += 1;
      }
      changes.set(key, number);
    }
    return { root: this.map.edit(root, changes), keyCount: next };
  }

  difference(before: Root, after: Root): StateChange[] {
    return before === after ? [] : [...this.map.difference(before, after)];
  }

  /** The numbers of all events of a state. */
  all(root: Root): number[] {
    return Array.from(this.map.entries(root), ([, number]) => number);
  }

  /** The same without the members, of whom there may be very many: costs what the rest holds. */
  allButMembers(root: Root): number[] {
    this.#otherKeys ??= this.#keyStore.ofOtherTypes('m.room.member');
    return this.#otherKeys.flatMap((key) => this.map.get(root, key) ?? []);
  }

  /** The members that any state ever held, of those whose user ids end with `suffix`. */
  members(suffix: string): string[] {
    return this.#keyStore.ofMembers(suffix);
  }

  forget(): void {
    this.#keys.clear();
    this.#otherKeys = undefined;
    this.map.forget();
    this.#rows.forget();
  }

  /** The room's number for a key; undefined if no state ever held it. */
  key(type: string, stateKey: string): number | undefined {
    const known = this.#keys.get(type)?.get(stateKey);
    if (known !== undefined) return known === NONE ? undefined : known;
    const key = this.#keyStore.get(type, stateKey);
    this.#remember(type, stateKey, key ?? NONE);
    return key;
  }

  #remember(type: string, stateKey: string, key: number): void {
    let keys = this.#keys.get(type);
    if (keys === undefined) {
      // Types that nobody asks for again should not pile up either.
      if (this.#keys.size >= KEYS_KEPT) this.#keys.clear();
      this.#keys.set(type, (keys = new Bounded<string, number>(KEYS_KEPT)));
    }
    keys.set(stateKey, key);
  }
}
