// `npm run ledger -- [node|workers] [kills] [seed]`: a long run with crashes, judged from outside.
import type { Runtime } from '../black-box/server.ts';
import { runWithCrashes } from './crashes.ts';

const [runtime = 'node', kills = '500', seed = '1'] = process.argv.slice(2);
const ledger = await runWithCrashes(runtime as Runtime, Number(kills), Number(seed));
const wrong = ledger.judge();
for (const line of wrong) console.log(line);
const acknowledged = ledger.sends.filter((send) => send.answers.length > 0).length;
console.log(
  `${runtime}, seed ${seed}: ${ledger.kills} kills, ${acknowledged} events, ${ledger.toDevice.length} to-device messages, ` +
    `${ledger.claims.length} keys claimed, ${ledger.kept()} kept, ${ledger.retries} retries; ${wrong.length} found wrong`,
);
process.exit(wrong.length === 0 ? 0 : 1);
