// The persistent state map: building, editing, reading and comparing. `node bench/state-map.ts`.
import { StateMap } from '../src/state/map/state-map.ts';
import type { NodeStore } from '../src/state/map/node-store.ts';

class Rows implements NodeStore {
  readonly #rows: Uint8Array[] = [];
  bytes = 0;

  read(row: number): Uint8Array {
    return this.#rows[row - 1]!;
  }

  append(bytes: Uint8Array): number {
    this.bytes += bytes.length;
    return this.#rows.push(bytes);
  }
}

const entries = (count: number): [number, number][] => Array.from({ length: count }, (_, key) => [key, key + 1]);

function best(times: number, work: () => void): number {
  const took = Array.from({ length: times }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.min(...took);
}

const built = entries(50_000);
const size = new Rows();
new StateMap(size).build(built);
console.log(`build 50k: ${best(10, () => { new StateMap(new Rows()).build(built); }).toFixed(1)} ms, ${(size.bytes / 1000).toFixed(0)} kB`);

const rows = new Rows();
const map = new StateMap(rows);
let root = map.build(entries(100_000));
let key = 1;
const next = (): number => (key = (key * 48_271) % 2_147_483_647) % 100_000;
const sizes: number[] = [];
for (let n = 0; n < 10_000; n++) {
  const before = rows.bytes;
  root = map.edit(root, new Map([[next(), 200_000 + n]]));
  sizes.push(rows.bytes - before);
}
console.log(`edit at 100k: ${(sizes.reduce((sum, one) => sum + one, 0) / sizes.length).toFixed(0)} bytes mean, ${Math.max(...sizes)} largest`);
console.log(`edit at 100k: ${best(5, () => { for (let n = 0; n < 1000; n++) map.edit(root, new Map([[next(), n]])); }).toFixed(1)} µs each`);
console.log(`get at 100k: ${(best(5, () => { for (let n = 0; n < 100_000; n++) map.get(root, next()); }) / 100).toFixed(2)} µs each`);

const changed = map.edit(root, new Map(Array.from({ length: 10 }, () => [next(), 1])));
console.log(`difference of ten at 100k, cold: ${best(20, () => { Array.from(new StateMap(rows).difference(root, changed)); }).toFixed(2)} ms`);
