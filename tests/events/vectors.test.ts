// Events that others made: ids, hashes and signatures must come out as they have them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildEvent } from '../../src/events/build-event.ts';
import { contentHash, contentHashMatches } from '../../src/events/content-hash.ts';
import { eventIdOf } from '../../src/events/event-id.ts';
import type { Pdu } from '../../src/events/pdu.ts';
import { readPdu } from '../../src/events/read-pdu.ts';
import { redact } from '../../src/events/redaction.ts';
import { requiredSignatures } from '../../src/events/required-signatures.ts';
import type { RoomVersion } from '../../src/events/room-version.ts';
import { hashAndSignEvent } from '../../src/events/sign-event.ts';
import { signJson } from '../../src/events/sign-json.ts';
import { signerFromSeed } from '../../src/events/signing-key.ts';
import { verifyEvent } from '../../src/events/verify-event.ts';
import { verifyJson } from '../../src/events/verify-json.ts';
import { decodeBase64, encodeBase64 } from '../../src/spec/base64.ts';
import { canonicalJson } from '../../src/spec/canonical-json.ts';
import { isObject, type Json, type JsonObject } from '../../src/spec/json.ts';
import { readJson } from '../../src/spec/strict-json.ts';
import { readLines, readVectors, type RealEvent } from '../vectors/read-vectors.ts';
import { versionOf } from './event-samples.ts';

interface Signed {
  readonly input: JsonObject;
  readonly signed: JsonObject;
}

interface Appendices {
  readonly signing: {
    readonly seed_base64: string;
    readonly json: readonly Signed[];
    readonly events: readonly (Signed & { readonly room_version: string })[];
  };
}

interface Real {
  readonly keys: Readonly<Record<string, Readonly<Record<string, { readonly key: string }>>>>;
  readonly events: readonly RealEvent[];
}

interface Derived {
  readonly redaction: readonly {
    readonly note: string;
    readonly input: JsonObject;
    readonly expected: Readonly<Record<string, JsonObject>>;
  }[];
  readonly events: readonly (Signed & {
    readonly note: string;
    readonly room_version: string;
    readonly event_id: string;
  })[];
}

const appendices = readVectors<Appendices>('spec-appendices.json');
const real = readVectors<Real>('events-real.json');
const derived = readVectors<Derived>('derived.json');
const signer = signerFromSeed('domain', 'ed25519:1', decodeBase64(appendices.signing.seed_base64) ?? new Uint8Array());

function keysOf(server: string): Map<string, Uint8Array> {
  const keys = Object.entries(real.keys[server] ?? {});
  return new Map(keys.map(([id, { key }]) => [id, decodeBase64(key) ?? new Uint8Array()]));
}

function read(value: Json, version: RoomVersion): Pdu {
  const reading = readPdu(value, version);
  assert.ok(reading.ok, reading.ok ? '' : reading.reason);
  return reading.pdu;
}

test('the public key of the seed in the specification', () => {
  assert.equal(encodeBase64(signer.publicKey), 'XGX0JRS2Af3be3knz2fBiRbApjm2Dh61gXDJA8kcJNI');
});

test('the signed objects of the specification', () => {
  for (const { input, signed } of appendices.signing.json) {
    assert.equal(canonicalJson(signJson(input, signer)), canonicalJson(signed));
    assert.equal(verifyJson(signed, 'domain', new Map([['ed25519:1', signer.publicKey]])), 'valid');
  }
});

test('the signed events of the specification, in full and redacted', () => {
  for (const { room_version: id, input, signed } of appendices.signing.events) {
    const version = versionOf(id);
    const made = hashAndSignEvent(input, version, signer);
    assert.deepEqual(made['hashes'], signed['hashes']);
    assert.deepEqual(made['signatures'], signed['signatures']);
    const keys = new Map([['ed25519:1', signer.publicKey]]);
    assert.equal(verifyEvent(signed, version, 'domain', keys), 'valid');
    assert.equal(verifyEvent(redact(signed, version), version, 'domain', keys), 'valid');
  }
});

test('the redaction matrix of every version and event type', () => {
  for (const { note, input, expected } of derived.redaction) {
    for (const [versions, wanted] of Object.entries(expected)) {
      for (const id of versions.split(','))
        assert.deepEqual(redact(input, versionOf(id)), wanted, `${note}, version ${id}`);
    }
  }
});

for (const event of real.events) {
  test(`a real event of version ${event.room_version}: ${event.name}`, () => {
    const version = versionOf(event.room_version);
    const { value } = readJson(event.pdu_raw);
    assert.ok(isObject(value));
    assert.equal(eventIdOf(value, version), event.event_id);
    assert.equal(contentHashMatches(value, version), !event.redacted);
    assert.equal(eventIdOf(redact(value, version), version), event.event_id);
    if (event.signing_server === null) return;
    assert.equal(verifyEvent(value, version, event.signing_server, keysOf(event.signing_server)), 'valid');
    const pdu = read(value, version);
    assert.equal(pdu.eventId, event.event_id);
    for (const server of requiredSignatures(pdu, version) ?? []) {
      const keys = keysOf(server);
      if (keys.size > 0) assert.equal(verifyEvent(pdu.json, version, server, keys), 'valid', server);
    }
  });
}

test('a whole room of version 12: ids, hashes, signatures, and the room id that the create event gives', () => {
  const version = versionOf('12');
  const keys = new Map(Object.keys(real.keys).map((server) => [server, keysOf(server)]));
  let roomId = '';
  let verified = 0;
  for (const line of readLines('testroom-v12-success.jsonl')) {
    const { value } = readJson(line);
    assert.ok(isObject(value) && isObject(value['unsigned']));
    const pdu = read(value, version);
    assert.equal(pdu.eventId, value['unsigned']['event_id']);
    assert.ok(contentHashMatches(pdu.json, version));
    if (pdu.type === 'm.room.create') roomId = `!${pdu.eventId.slice(1)}`;
    assert.equal(pdu.roomId, roomId);
    for (const server of requiredSignatures(pdu, version) ?? []) {
      const known = keys.get(server);
      if (known === undefined || known.size === 0) continue;
      assert.equal(verifyEvent(pdu.json, version, server, known), 'valid');
      verified++;
    }
  }
  assert.ok(verified >= 10, `${verified} signatures of known servers`);
});

for (const { note, room_version: id, input, signed, event_id: eventId } of derived.events) {
  test(`an event made again: ${note}`, () => {
    const version = versionOf(id);
    assert.equal(canonicalJson(hashAndSignEvent(input, version, signer)), canonicalJson(signed));
    assert.equal(contentHash(input, version), contentHash(signed, version));
    const pdu = read(signed, version);
    assert.equal(pdu.eventId, eventId);
    if (version.references === 'pairs') return;
    const built = buildEvent({ ...pdu, ...('redacts' in input ? {} : { redacts: undefined }) }, version, signer);
    assert.equal(canonicalJson(built.json), canonicalJson(signed));
    assert.deepEqual(built, { ...pdu, json: built.json });
  });
}
