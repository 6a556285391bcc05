// Hearth as it is measured: as everybody runs it, but that anybody may register and nothing is limited.
import { fileURLToPath } from 'node:url';
import type { Start } from './measured.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const SETTINGS = [
  '--server-name',
  'localhost',
  '--registration',
  'open',
  '--rate-limits',
  'off',
  '--log-level',
  'warn',
];
const COMMON = [...SETTINGS, '--password-cost', '16'];

export const hearthOnNode: Start = ({ folder, port, authority }) => ({
  command: process.execPath,
  parts: [
    `${root}src/runtime/node/start.js`,
    ...COMMON,
    ...(authority === undefined ? [] : ['--tls-ca', authority, '--allow-private-addresses', 'on']),
    ...['--port', String(port), '--data', folder],
  ],
  environment: {},
  node: true,
});

export const hearthOnWorkerd: Start = ({ folder, port }) => ({
  command: process.execPath,
  parts: [`${root}src/runtime/workers/local/main.ts`, ...COMMON, '--port', String(port), '--data', folder],
  environment: {},
});
