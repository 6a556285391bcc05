// `npm run simulate -- [--seed S] [--seeds N] [--actions K]`: N runs from seed S on. A failure prints its seed and its end.
import { parseArgs } from 'node:util';
import type { Mode } from '../../src/runtime/simulation/making.ts';
import { simulate } from './run.ts';

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    mode: { type: 'string', default: 'node' },
    actions: { type: 'string', default: '30' },
  },
});
let failures = 0;
let steps = 0;
for (let seed = Number(values.seed); seed < Number(values.seed) + Number(values.seeds); seed++) {
  const outcome = await simulate(seed, values.mode as Mode, Number(values.actions));
  steps += outcome.steps;
  if (Number(values.seeds) === 1) {
    console.log(
      `seed ${seed}: trace ${outcome.trace}, ${outcome.steps} steps, ${outcome.ledger.kills} crashes, ${outcome.ledger.sends.length} sends`,
    );
  }
  if (outcome.wrong.length === 0) continue;
  failures++;
  if (Number(values.seeds) === 1) for (const line of outcome.tail.slice(-60)) console.log(`  ${line}`);
  console.log(`seed ${seed} (trace ${outcome.trace}):\n  ${outcome.wrong.slice(0, 10).join('\n  ')}`);
}
console.log(`${values.seeds} seeds, ${steps} steps, ${failures} with something wrong`);
process.exit(failures === 0 ? 0 : 1);
