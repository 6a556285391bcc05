// Transactions made before they are sent, so that making and signing them is not measured.
import type { ScriptedServer } from '../../tests/federation/scripted-server.ts';
import type { Caller } from '../load/caller.ts';
import { HERE } from './others.ts';

export interface Made {
  readonly target: string;
  readonly authorization: string;
  readonly body: string;
}

let transactions = 0;

export function madeTransactions(server: ScriptedServer, pdus: readonly string[], perTransaction: number): Made[] {
  const made: Made[] = [];
  for (let at = 0; at < pdus.length; at += perTransaction) {
    const target = `/_matrix/federation/v1/send/bench${transactions++}`;
    const body = server.transactionBody(pdus.slice(at, at + perTransaction));
    made.push({ target, body, authorization: server.header(HERE, 'PUT', target, body) });
  }
  return made;
}

/** One after another, as a server sends them. Throws if any of the events is not taken. */
export async function sendTransactions(caller: Caller, made: readonly Made[], took?: number[]): Promise<void> {
  for (const { target, authorization, body } of made) {
    const begin = performance.now();
    const answer = await caller.send('PUT', target, authorization, body);
    took?.push(performance.now() - begin);
    const text = answer.body.toString();
    if (answer.status !== 200 || text.includes('"error"')) throw new Error(`${answer.status} ${text.slice(0, 500)}`);
  }
}
