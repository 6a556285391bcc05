// A real room of version 12, of several servers and creators' powers, event by event as it happened.
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { authStateOf } from '../../src/authorization/auth-state.ts';
import { authorize, checkAuthEvents } from '../../src/authorization/authorize.ts';
import { authEventsFor } from '../../src/authorization/selection.ts';
import type { Pdu } from '../../src/events/pdu.ts';
import { readPdu } from '../../src/events/read-pdu.ts';
import type { Json } from '../../src/spec/json.ts';
import { only } from './room-versions.ts';

const version = only(12);
const lines = readFileSync(new URL('../vectors/testroom-v12-success.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const events = lines.map((line): Pdu => {
  const reading = readPdu(JSON.parse(line) as Json, version);
  assert.ok(reading.ok);
  return reading.pdu;
});
const [create] = events;
assert.ok(create);
const byId = new Map(events.map((event) => [event.eventId, event]));
const received = (pdu: Pdu) => ({ pdu, rejected: false });

events.forEach((event, index) => {
  const name = `${index + 1}: ${event.sender} ${event.type}`;
  const before = authStateOf(events.slice(0, index));
  const cited = event.authEvents.map((id) => {
    const found = byId.get(id);
    assert.ok(found);
    return found;
  });

  test(`the test room's citations hold, ${name}`, () => {
    assert.deepEqual(checkAuthEvents(event, version, cited.map(received), received(create)), { allowed: true });
  });
  test(`the test room's events are allowed by what they cite, ${name}`, () => {
    assert.deepEqual(authorize(event, version, authStateOf([create, ...cited])), { allowed: true });
  });
  test(`the test room's events are allowed by the state before them, ${name}`, () => {
    assert.deepEqual(authorize(event, version, before), { allowed: true });
  });
  test(`the test room's events cite what we would, ${name}`, () => {
    const selected = authEventsFor(event, version).map(({ type, stateKey }) => before.get(type, stateKey)?.eventId);
    assert.deepEqual(new Set(event.authEvents), new Set(selected.filter((id) => id !== undefined)));
  });
});
