import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNamespacedIdentifier } from '../../../src/spec/identifiers/common-format.ts';
import { isEventId, isEventIdOnServer } from '../../../src/spec/identifiers/event-id.ts';
import { isServerKeyId, parseKeyId } from '../../../src/spec/identifiers/key-id.ts';
import { mxcUri, parseMxcUri } from '../../../src/spec/identifiers/mxc-uri.ts';
import { isRoomAlias } from '../../../src/spec/identifiers/room-alias.ts';
import {
  createOfRoomId,
  isHashRoomId,
  isRoomId,
  isRoomIdOnServer,
  roomIdOfCreate,
} from '../../../src/spec/identifiers/room-id.ts';
import { isIpv6, parseServerName } from '../../../src/spec/identifiers/server-name.ts';
import {
  isCompliantUserId,
  isOwnLocalpart,
  isStrictUserId,
  isUserId,
  localpartOf,
  serverOf,
} from '../../../src/spec/identifiers/user-id.ts';

test('server names of the specification, in their parts', () => {
  assert.deepEqual(parseServerName('matrix.org'), { host: 'matrix.org', kind: 'dns', port: undefined });
  assert.deepEqual(parseServerName('matrix.org:8888'), { host: 'matrix.org', kind: 'dns', port: 8888 });
  assert.deepEqual(parseServerName('1.2.3.4'), { host: '1.2.3.4', kind: 'ipv4', port: undefined });
  assert.deepEqual(parseServerName('1.2.3.4:1234'), { host: '1.2.3.4', kind: 'ipv4', port: 1234 });
  assert.deepEqual(parseServerName('[1234:5678::abcd]'), { host: '1234:5678::abcd', kind: 'ipv6', port: undefined });
  assert.deepEqual(parseServerName('[1234:5678::abcd]:5678'), { host: '1234:5678::abcd', kind: 'ipv6', port: 5678 });
});

test('what is no server name', () => {
  for (const name of [
    '',
    ':80',
    'a b',
    'a_b',
    'a:',
    'a:x',
    'a:123456',
    'a:1:2',
    '[::1',
    '::1',
    '[::1]x',
    '[::1]:',
    '[]',
    '[1.2.3.4]',
    '256.1.1.1',
    'a/b',
    'é.org',
    'a\0',
    'a\n',
    '[::1]]',
    'x[::1]',
    'a.'.repeat(128),
  ])
    assert.equal(parseServerName(name), undefined, JSON.stringify(name));
});

test('IPv6 literals by their grammar', () => {
  for (const host of [
    '::',
    '::1',
    '1::',
    '1:2:3:4:5:6:7:8',
    '::ffff:1.2.3.4',
    '1:2:3:4:5:6:1.2.3.4',
    '1::8',
    'fe80::A',
    '1:2:3:4:5:6:7::',
  ]) {
    assert.ok(isIpv6(host), host);
  }
  for (const host of [
    ':',
    ':::',
    '1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    '1:2:3:4:5:6:7:8::',
    '1.2.3.4::',
    '::1.2.3',
    '1:',
    ':1',
    '::1.2.3.256',
    'g::',
    '1.2.3.4:1:2:3:4:5:6',
  ])
    assert.ok(!isIpv6(host), host);
});

test('the server of a user is everything after the first colon', () => {
  assert.equal(serverOf('@a:hs1:8448'), 'hs1:8448');
  assert.equal(serverOf('@a:[::1]:8448'), '[::1]:8448');
  assert.equal(serverOf('nobody'), '');
  assert.equal(localpartOf('@a:hs1:8448'), 'a');
});

test('our users have the strict grammar, others the historical one, and it is told which are compliant', () => {
  assert.ok(isStrictUserId('@a-z0.9_=/+:hs1'));
  for (const id of ['@A:hs1', '@:hs1', '@é:hs1', '@a b:hs1']) {
    assert.ok(isUserId(id) && !isStrictUserId(id), id);
  }
  assert.ok(isCompliantUserId('@A!~:hs1'));
  for (const id of ['@:hs1', '@a b:hs1', '@é:hs1', '@\u007f:hs1']) assert.ok(!isCompliantUserId(id), id);
  for (const id of ['a:hs1', '@a', '@a:', '@a:b:c:d', '@a\0:hs1', '@\udead:hs1', '#a:hs1', '@a:hs_1', ''])
    assert.ok(!isUserId(id), id);
  assert.ok(!isOwnLocalpart('a\n') && !isOwnLocalpart(''));
});

test('255 bytes are the most, not 255 characters', () => {
  assert.ok(isUserId(`@${'a'.repeat(250)}:hs1`));
  assert.ok(!isUserId(`@${'a'.repeat(251)}:hs1`));
  assert.ok(isRoomAlias(`#${'é'.repeat(125)}:hs1`));
  assert.ok(!isRoomAlias(`#${'é'.repeat(126)}:hs1`));
  assert.ok(isEventId(`$${'日'.repeat(84)}`));
  assert.ok(!isEventId(`$${'日'.repeat(85)}`));
});

test('room ids with a domain or as a hash, which is the id of the create event', () => {
  const hash = 'Nhcu5BS-UMnFX7hBVfVSoXiD7OgH6iRT-xyIuqDnpYQ';
  assert.ok(isRoomId(`!${hash}`) && isHashRoomId(`!${hash}`) && !isRoomIdOnServer(`!${hash}`));
  assert.ok(isRoomIdOnServer('!x:hs1') && !isHashRoomId('!x:hs1'));
  assert.ok(!isRoomId('!') && !isRoomId('x:hs1'));
  assert.equal(roomIdOfCreate(createOfRoomId(`!${hash}`)), `!${hash}`);
});

test('event ids are opaque; those of old rooms have a domain', () => {
  assert.ok(isEventId('$a/b+c') && !isEventIdOnServer('$a/b+c'));
  assert.ok(isEventIdOnServer('$a:hs1'));
  assert.ok(!isEventId('$') && !isEventId('a'));
});

test('key ids are an algorithm and a name', () => {
  assert.deepEqual(parseKeyId('ed25519:a:b'), { algorithm: 'ed25519', name: 'a:b' });
  for (const id of ['ed25519', 'ed25519:', ':a', '']) assert.equal(parseKeyId(id), undefined);
  assert.ok(isServerKeyId('ed25519:a_Obwu') && !isServerKeyId('ed25519:a-b'));
});

test('content URIs hold no path', () => {
  assert.deepEqual(parseMxcUri(mxcUri('[::1]:8448', 'aB-_9')), { serverName: '[::1]:8448', mediaId: 'aB-_9' });
  for (const uri of [
    'mxc://hs1/',
    'mxc://hs1',
    'mxc:///a',
    'mxc://hs1/../a',
    'mxc://hs1/a/b',
    'mxc://hs1/a?b',
    'http://hs1/a',
    'mxc://hs1/a%2f',
    'MXC://hs1/a',
  ]) {
    assert.equal(parseMxcUri(uri), undefined, uri);
  }
});

test('namespaced identifiers', () => {
  assert.ok(isNamespacedIdentifier('m.room_x-1'));
  for (const text of ['', '1a', 'A', 'a b', 'a'.repeat(256)]) assert.ok(!isNamespacedIdentifier(text), text);
});
