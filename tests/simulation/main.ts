// `npm run simulate -- [--seed S] [--seeds N] [--steps K] [--profile P] [--planted BUG]`: runs of N seeds from S on. Profiles are
// those of several servers (`all`, unless one is named), and `sync` and `ledger` with one server, in both modes unless `--mode`
// names one. What fails is printed with its seed, the operations that it takes and what was wrong. `-- --catch` prints which
// seed catches each planted bug, as rows for docs/compliance/simulation.md.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Mode, MODES } from '../../src/runtime/simulation/making.ts';
import { PLANTED_BUGS, type PlantedBug, PLANTS } from '../../src/runtime/simulation/planted.ts';
import { explainRuns } from './federation/explain.ts';
import { PROFILES } from './federation/plan.ts';
import { PLANTED } from './federation/planted.ts';
import { simulate } from './run.ts';
import { caught } from './sync/catching.ts';
import { type Plan, planOf, STEPS } from './sync/operations.ts';
import { type Outcome, play } from './sync/play.ts';
import { shrink } from './sync/shrink.ts';

const SHRINK_TRIES = 400;
const WRONG_SHOWN = 10;

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    steps: { type: 'string' },
    mode: { type: 'string' },
    profile: { type: 'string', default: 'all' },
    whole: { type: 'boolean', default: false },
    planted: { type: 'string' },
    catch: { type: 'boolean', default: false },
  },
});
const modes = MODES.filter((mode) => values.mode === undefined || mode === values.mode);
const planted = PLANTED_BUGS.find((bug) => bug === values.planted);
if (modes.length === 0) throw new Error(`the modes are ${MODES.join(' and ')}`);
if (values.planted !== undefined && planted === undefined) throw new Error(`the bugs are ${PLANTED_BUGS.join(', ')}`);

if (values.catch) {
  for (const bug of PLANTED_BUGS) {
    const found = await caught(bug);
    const by = found
      ? `${found.seed}, ${found.mode} | ${found.wrong.replace(/!\S+/, 'a room').slice(0, 120)}`
      : 'none |';
    console.log(`| \`${bug}\` | ${PLANTS[bug].breaks} | ${PLANTS[bug].what} | ${by} |`);
  }
  for (const bug of PLANTED) {
    const file = fileURLToPath(new URL('federation/catch.ts', import.meta.url));
    spawnSync(process.execPath, [file, bug], { stdio: 'inherit' });
  }
  process.exit(0);
}

const [first, count] = [Number(values.seed), Number(values.seeds)];
const profile = PROFILES.find((one) => one === values.profile);
if (profile) {
  const steps = values.steps === undefined ? undefined : Number(values.steps);
  const wrong = await explainRuns({ first, count, steps, profile, planted, shrinks: !values.whole });
  process.exit(wrong === 0 ? 0 : 1);
}
if (!['sync', 'ledger'].includes(values.profile))
  throw new Error(`the profiles are sync, ledger, ${PROFILES.join(', ')}`);
let failures = 0;
let steps = 0;
for (let seed = first; seed < first + count; seed++) {
  for (const mode of modes) {
    const outcome = values.profile === 'ledger' ? await ledger(seed, mode) : await sync(seed, mode);
    steps += outcome.steps;
    if (outcome.wrong.length > 0) failures++;
    if (count === 1) console.log(`seed ${seed}, ${mode}: trace ${outcome.trace}, ${outcome.steps} steps`);
  }
}
console.log(
  `${count} seeds from ${first}, ${modes.join(' and ')}: ${steps} steps, ${failures} runs with something wrong`,
);
process.exit(failures === 0 ? 0 : 1);

async function ledger(seed: number, mode: Mode): Promise<{ trace: string; steps: number; wrong: readonly string[] }> {
  const outcome = await simulate(seed, mode, Number(values.steps ?? 30), planted);
  if (outcome.wrong.length > 0) show(seed, mode, outcome.trace, outcome.wrong);
  return outcome;
}

async function sync(seed: number, mode: Mode): Promise<Outcome> {
  const plan = planOf(seed, Number(values.steps ?? STEPS));
  const outcome = await play(plan, mode, planted);
  if (outcome.wrong.length > 0) await explain(plan, mode, outcome, planted);
  return outcome;
}

async function explain(plan: Plan, mode: Mode, outcome: Outcome, bug: PlantedBug | undefined): Promise<void> {
  show(plan.seed, mode, outcome.trace, outcome.wrong);
  const operations = await shrink(
    plan.operations,
    async (some) => (await play({ ...plan, operations: some }, mode, bug)).wrong.length > 0,
    SHRINK_TRIES,
  );
  const { wrong } = await play({ ...plan, operations }, mode, bug);
  console.log(`it takes ${operations.length} of ${plan.operations.length} operations:`);
  console.log(`  rooms ${JSON.stringify(plan.rooms)}`);
  console.log(`  devices ${JSON.stringify(plan.devices)}`);
  for (const operation of operations) console.log(`  ${JSON.stringify(operation)}`);
  console.log(`which gives:\n  ${wrong.slice(0, WRONG_SHOWN).join('\n  ')}`);
}

function show(seed: number, mode: Mode, trace: string, wrong: readonly string[]): void {
  console.log(`seed ${seed}, ${mode} (trace ${trace}):\n  ${wrong.slice(0, WRONG_SHOWN).join('\n  ')}`);
}
