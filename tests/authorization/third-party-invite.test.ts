// Invitations of people who had no user id when they were invited.
import { alice, bob, charlie } from './people.ts';
import type { Deed } from './people.ts';
import { newRoom, rankedRoom, story } from './room-builder.ts';
import { ALL } from './room-versions.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import type { RoomVersion } from '../../src/events/room-version.ts';

const signedBy = (key: string, more: JsonObject = {}): JsonObject => ({
  mxid: bob.id, token: 'token', signatures: { 'id.example': { 'ed25519:0': `signed with ${key}` } }, ...more,
});
const binds = (signed: unknown): Deed => alice.puts(bob, 'invite', { third_party_invite: { display_name: 'B', signed: signed as JsonObject } });
const invited = (content: JsonObject) => (version: RoomVersion) => newRoom(version).must(alice.sets('m.room.third_party_invite', content, 'token'));

story('an invitation bound to a user is signed with the public key', ALL, invited({ public_key: 'K' }), [
  [binds(signedBy('L')), 'third-party-invite-signature-invalid'],
  [binds({ ...signedBy('K'), signatures: {} }), 'third-party-invite-signature-invalid'],
  [binds(signedBy('K')), 'allow'],
  [bob.joins(), 'allow'],
]);
story('or with any of the public keys', ALL, invited({ public_key: 'J', public_keys: [{ public_key: 'K' }, { public_key: 'L' }] }), [
  [binds(signedBy('M')), 'third-party-invite-signature-invalid'],
  [binds(signedBy('L')), 'allow'],
]);
story('without public keys nothing is signed', ALL, invited({}), [[binds(signedBy('K')), 'third-party-invite-signature-invalid']]);
story('malformed public keys are none', ALL, invited({ public_key: ['K'], public_keys: ['K', null, [{ public_key: 'K' }], { public_key: 1 }] }), [
  [binds(signedBy('K')), 'third-party-invite-signature-invalid'],
]);
story('public keys that are no list are none', ALL, invited({ public_keys: { public_key: 'K' } }), [
  [binds(signedBy('K')), 'third-party-invite-signature-invalid'],
]);
story('an event of a thousand keys is not worked through', ALL, invited({
  public_key: 'K', public_keys: Array.from({ length: 1000 }, (_, index) => ({ public_key: `K${index}` })),
}), [[binds(signedBy('K')), 'third-party-invite-signature-invalid']]);
story('an invitation of a third party is signed', ALL, invited({ public_key: 'K' }), [
  [alice.puts(bob, 'invite', { third_party_invite: {} }), 'third-party-invite-without-signed'],
  [alice.puts(bob, 'invite', { third_party_invite: null }), 'third-party-invite-without-signed'],
  [alice.puts(bob, 'invite', { third_party_invite: [signedBy('K')] }), 'third-party-invite-without-signed'],
  [binds('K'), 'third-party-invite-without-signed'],
  [binds([]), 'third-party-invite-without-signed'],
  [binds({ token: 'token' }), 'signed-without-mxid-or-token'],
  [binds({ mxid: bob.id }), 'signed-without-mxid-or-token'],
  [binds(signedBy('K', { token: 1 })), 'signed-without-mxid-or-token'],
  [binds(signedBy('K', { mxid: [bob.id] })), 'signed-without-mxid-or-token'],
]);
story('it is for the user it was bound to', ALL, invited({ public_key: 'K' }), [
  [binds(signedBy('K', { mxid: charlie.id })), 'mxid-is-not-the-target'],
]);
story('it answers an invitation of the room', ALL, invited({ public_key: 'K' }), [
  [binds(signedBy('K', { token: 'other' })), 'third-party-invite-unknown'],
  [binds(signedBy('K', { token: '__proto__' })), 'third-party-invite-unknown'],
]);
story('it is sent by who sent the invitation', ALL, (version) =>
  rankedRoom(version, { invite: 0 }).must(charlie.joins(), charlie.sets('m.room.third_party_invite', { public_key: 'K' }, 'token')), [
  [binds(signedBy('K')), 'third-party-invite-of-another-sender'],
]);
story('it does not lift a ban', ALL, (version) => invited({ public_key: 'K' })(version).must(alice.bans(bob)), [
  [binds(signedBy('K')), 'target-banned'],
]);
