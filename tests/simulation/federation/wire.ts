// What honest servers send, seen on the wire. S2: nothing is signed that the server did not build for its own user. S6: no
// event goes to a server that has no part in it (judged in the end, with the whole room).
import type { OutboundRequest } from '../../../src/ports/http.ts';
import type { Record } from './record.ts';

type Json = { readonly [name: string]: unknown };
const HANDSHAKE = /^\/_matrix\/federation\/v[12]\/send_(join|leave|knock)\/([^/]+)\//;

export function watchOutbound(record: Record, from: string, to: string, request: OutboundRequest): void {
  const path = new URL(request.url).pathname;
  if (request.method !== 'PUT' || request.body === undefined) return;
  const body = JSON.parse(new TextDecoder().decode(request.body)) as Json;
  const handshake = HANDSHAKE.exec(path);
  if (handshake) checkHandshake(record, from, handshake[1]!, decodeURIComponent(handshake[2]!), body);
  if (!path.startsWith('/_matrix/federation/v1/send/')) return;
  for (const pdu of (body['pdus'] ?? []) as readonly Json[]) {
    record.sent.push({ from, to, pdu });
    const signers = Object.keys((pdu['signatures'] ?? {}) as object);
    if (!signers.includes(serverOf(pdu['sender'])))
      record.complain(`S2: ${from} sends ${to} an event of ${String(pdu['sender'])} that ${signers.join()} signed`);
  }
}

/** What we sign to join, leave or knock is that, of a user of ours, in the room that was asked for. */
function checkHandshake(record: Record, from: string, handshake: string, roomId: string, event: Json): void {
  const { membership } = (event['content'] ?? {}) as Json;
  const sound =
    event['type'] === 'm.room.member' &&
    event['room_id'] === roomId &&
    membership === handshake &&
    event['sender'] === event['state_key'] &&
    serverOf(event['sender']) === from;
  if (!sound)
    record.complain(
      `S2: ${from} signed, to ${handshake}, a ${String(event['type'])} of ${String(event['sender'])} for ` +
        `${String(event['state_key'])} (${String(membership)})`,
    );
}

export function serverOf(userId: unknown): string {
  const text = String(userId);
  return text.slice(text.indexOf(':') + 1);
}
