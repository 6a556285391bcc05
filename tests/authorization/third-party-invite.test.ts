// Invitations of people who had no user id when they were invited.
import { signJson } from '../../src/events/sign-json.ts';
import { signerFromSeed } from '../../src/events/signing-key.ts';
import type { RoomVersion } from '../../src/events/room-version.ts';
import { encodeBase64, encodeBase64Url } from '../../src/spec/base64.ts';
import type { Json, JsonObject } from '../../src/spec/json.ts';
import { alice, bob, charlie } from './people.ts';
import type { Deed } from './people.ts';
import { newRoom, rankedRoom, story } from './room-builder.ts';
import { ALL } from './room-versions.ts';

const signer = (seed: number, name = '0') =>
  signerFromSeed('id.example', `ed25519:${name}`, new Uint8Array(32).fill(seed));
const [one, two, other] = [signer(9), signer(2, 'two'), signer(3)];
const keyOf = ({ publicKey }: typeof one): string => encodeBase64(publicKey);

const unsigned: JsonObject = { mxid: bob.id, token: 'token' };
const signedBy = (by: typeof one, more: JsonObject = {}): JsonObject => signJson({ ...unsigned, ...more }, by);
const binds = (signed: Json): Deed => alice.puts(bob, 'invite', { third_party_invite: { display_name: 'B', signed } });
const invited = (content: JsonObject) => (version: RoomVersion) => {
  return newRoom(version).must(alice.sets('m.room.third_party_invite', content, 'token'));
};
const refused = 'third-party-invite-signature-invalid';
const otherwise = signerFromSeed('id.example', 'rsa:0', new Uint8Array(32).fill(9));

story('an invitation bound to a user is signed with the public key', ALL, invited({ public_key: keyOf(one) }), [
  [binds(signedBy(other)), refused],
  [binds({ ...signedBy(one), signatures: {} }), refused],
  [binds({ ...signedBy(one), signatures: [signedBy(one)['signatures'] ?? null] }), refused],
  [
    binds({
      ...signedBy(one),
      signatures: { 'id.example': 'text', 'other.example': { 'ed25519:0': 7, 'ed25519:1': '#' } },
    }),
    refused,
  ],
  [binds(unsigned), refused],
  [binds(signedBy(otherwise)), refused],
  [binds({ ...signedBy(one), more: 1 }), refused],
  [binds(signedBy(one)), 'allow'],
  [bob.joins(), 'allow'],
]);
story('one good signature is enough', ALL, invited({ public_key: keyOf(one) }), [
  [binds(signedBy(one, signedBy(two))), 'allow'],
]);
const urlSafe = { public_keys: [{ public_key: encodeBase64Url(one.publicKey) }] };
story('public keys are written in either alphabet of base64', ALL, invited(urlSafe), [[binds(signedBy(one)), 'allow']]);
const twoKeys = { public_key: 'AAAA', public_keys: [{ public_key: keyOf(one) }, { public_key: keyOf(two) }] };
story('or with any of the public keys', ALL, invited(twoKeys), [
  [binds(signedBy(other)), refused],
  [binds(signedBy(two)), 'allow'],
]);
story('without public keys nothing is signed', ALL, invited({}), [[binds(signedBy(one)), refused]]);
const malformed = [keyOf(one), null, [{ public_key: keyOf(one) }], { public_key: 1 }, { public_key: '' }];
story('malformed public keys are none', ALL, invited({ public_key: [keyOf(one)], public_keys: malformed }), [
  [binds(signedBy(one)), refused],
]);
story('public keys that are no list are none', ALL, invited({ public_keys: { public_key: keyOf(one) } }), [
  [binds(signedBy(one)), refused],
]);
const aHundred = Array.from({ length: 100 }, (_, index) => ({
  public_key: encodeBase64(new Uint8Array(32).fill(index)),
}));
const tooMany = { public_key: keyOf(one), public_keys: aHundred };
story('more than a hundred pairs of keys and signatures are not tried', ALL, invited(tooMany), [
  [binds(signedBy(one)), refused],
]);
story('an invitation of a third party is signed', ALL, invited({ public_key: keyOf(one) }), [
  [alice.puts(bob, 'invite', { third_party_invite: {} }), 'third-party-invite-without-signed'],
  [alice.puts(bob, 'invite', { third_party_invite: null }), 'third-party-invite-without-signed'],
  [alice.puts(bob, 'invite', { third_party_invite: [signedBy(one)] }), 'third-party-invite-without-signed'],
  [binds('text'), 'third-party-invite-without-signed'],
  [binds([]), 'third-party-invite-without-signed'],
  [binds({ token: 'token' }), 'signed-without-mxid-or-token'],
  [binds({ mxid: bob.id }), 'signed-without-mxid-or-token'],
  [binds(signedBy(one, { token: 1 })), 'signed-without-mxid-or-token'],
  [binds(signedBy(one, { mxid: [bob.id] })), 'signed-without-mxid-or-token'],
]);
story('it is for the user it was bound to', ALL, invited({ public_key: keyOf(one) }), [
  [binds(signedBy(one, { mxid: charlie.id })), 'mxid-is-not-the-target'],
]);
story('it answers an invitation of the room', ALL, invited({ public_key: keyOf(one) }), [
  [binds(signedBy(one, { token: 'other' })), 'third-party-invite-unknown'],
  [binds(signedBy(one, { token: '__proto__' })), 'third-party-invite-unknown'],
]);
const charlieInvited = (version: RoomVersion) => {
  return rankedRoom(version).must(
    charlie.joins(),
    charlie.sets('m.room.third_party_invite', { public_key: keyOf(one) }, 'token'),
  );
};
story('it is sent by who sent the invitation', ALL, charlieInvited, [
  [binds(signedBy(one)), 'third-party-invite-of-another-sender'],
]);
const bobBanned = (version: RoomVersion) => invited({ public_key: keyOf(one) })(version).must(alice.bans(bob));
story('it does not lift a ban', ALL, bobBanned, [[binds(signedBy(one)), 'target-banned']]);
