// What this machine allows any server: durable appends, signatures, and HTTP through the same client as the workloads.
import { generateKeyPairSync, sign } from 'node:crypto';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { createServer } from 'node:http';
import { type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Caller, pool, range } from './load/caller.ts';
import type { Figures } from './load/figures.ts';
import { message } from './load/world.ts';

function rate(count: number, work: () => void): number {
  const start = performance.now();
  for (let n = 0; n < count; n++) work();
  return count / ((performance.now() - start) / 1000);
}

/** 4 kB appended and synced, one after another: no durable server answers one sender faster. */
function syncs(): number {
  const folder = mkdtempSync(join(tmpdir(), 'hearth-bench-'));
  const file = openSync(join(folder, 'log'), 'w');
  const page = Buffer.alloc(4096, 1);
  const perSecond = rate(500, () => {
    writeSync(file, page);
    fdatasyncSync(file);
  });
  closeSync(file);
  rmSync(folder, { recursive: true });
  return perSecond;
}

/** Requests of a send's size to a server that only reads and answers. */
async function http(senders: number, count: number): Promise<number> {
  const server = createServer((incoming, answer) => {
    incoming.resume().on('end', () => answer.end('{"event_id":"$0123456789012345678901234567890123456789012"}'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const caller = new Caller((server.address() as AddressInfo).port);
  const start = performance.now();
  await pool(senders, range(count), (n) => caller.ok('PUT', '/x', 'token', message(n)));
  const perSecond = count / ((performance.now() - start) / 1000);
  caller.close();
  server.closeAllConnections();
  server.close();
  return perSecond;
}

export async function machine(): Promise<Figures> {
  const { privateKey } = generateKeyPairSync('ed25519');
  const event = Buffer.alloc(700, 1);
  return {
    'syncs/s': syncs(),
    'signatures/s': rate(2000, () => sign(null, event, privateKey)),
    'HTTP/s, one sender': await http(1, 2000),
    'HTTP/s, ten': await http(10, 5000),
  };
}
