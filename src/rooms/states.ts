// The room's states by (type, state_key): the persistent map over the room's own key numbers.
import type { KeyStore } from './store/keys.ts';
import type { NodeStore } from './store/nodes.ts';

export interface StateChange {
  readonly before: number | undefined;
  readonly after: number | undefined;
}

export class States {
  readonly empty = 0;
  readonly #keyStore: KeyStore;
  readonly #nodes: NodeStore;
  readonly #keys = new Map<string, Map<string, number>>();
  readonly #maps = new Map<number, ReadonlyMap<number, number>>();

  constructor(keys: KeyStore, nodes: NodeStore) {
    this.#keyStore = keys;
    this.#nodes = nodes;
  }

  get(root: number, type: string, stateKey: string): number | undefined {
    const key = this.#key(type, stateKey);
    return key === undefined ? undefined : this.#map(root).get(key);
  }

  set(root: number, type: string, stateKey: string, number: number, keyCount: number): { root: number; keyCount: number } {
    let key = this.#key(type, stateKey);
    let count = keyCount;
    if (key === undefined) {
      key = count;
      count += 1;
      this.#keyStore.put(type, stateKey, key);
      this.#remember(type, stateKey, key);
    }
    const map = new Map(this.#map(root)).set(key, number);
    const next = this.#nodes.last() + 1;
    this.#nodes.write(next, new TextEncoder().encode(JSON.stringify([...map])));
    this.#maps.set(next, map);
    return { root: next, keyCount: count };
  }

  difference(a: number, b: number): StateChange[] {
    const from = this.#map(a);
    const to = this.#map(b);
    const changes: StateChange[] = [];
    for (const key of new Set([...from.keys(), ...to.keys()])) {
      if (from.get(key) !== to.get(key)) changes.push({ before: from.get(key), after: to.get(key) });
    }
    return changes;
  }

  all(root: number): number[] {
    return [...this.#map(root).values()];
  }

  forget(): void {
    this.#keys.clear();
    this.#maps.clear();
  }

  #map(root: number): ReadonlyMap<number, number> {
    if (root === 0) return new Map();
    const known = this.#maps.get(root);
    if (known !== undefined) return known;
    const bytes = this.#nodes.read(root);
    if (bytes === undefined) throw new Error('no such state');
    const map = new Map<number, number>(JSON.parse(new TextDecoder().decode(bytes)));
    this.#maps.set(root, map);
    return map;
  }

  #key(type: string, stateKey: string): number | undefined {
    const known = this.#keys.get(type)?.get(stateKey);
    if (known !== undefined) return known;
    const key = this.#keyStore.get(type, stateKey);
    if (key !== undefined) this.#remember(type, stateKey, key);
    return key;
  }

  #remember(type: string, stateKey: string, key: number): void {
    let keys = this.#keys.get(type);
    if (keys === undefined) this.#keys.set(type, (keys = new Map<string, number>()));
    keys.set(stateKey, key);
  }
}
