// HTTPS: our own listener, and whose certificates are believed when other servers are called.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import type { FrontEnv } from '../../../../src/ports/front-env.ts';
import { atEnd, openHomeserver, temporaryDirectory } from '../opened.ts';
import { launch } from './launched.ts';

interface Pair {
  readonly certificate: string;
  readonly key: string;
}

/** A certificate for `localhost` that is its own authority. */
function certificate(directory: string, name: string): Pair {
  const pair = { certificate: join(directory, `${name}.crt`), key: join(directory, `${name}.key`) };
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const files = ['-keyout', pair.key, '-out', pair.certificate];
  const names = ['-days', '2', '-subj', `/CN=${name}`, '-addext', 'subjectAltName=DNS:localhost'];
  execFileSync('openssl', ['req', '-x509', ...curve, ...files, ...names], { stdio: 'ignore' });
  return pair;
}

async function shake(t: TestContext, port: number, options: object): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', ...options });
  atEnd(t, () => socket.destroy());
  await once(socket, 'secureConnect');
  return socket;
}

test('the TLS listener shows its certificate, speaks TLS 1.3 with a hybrid key exchange, and answers', async (t) => {
  const directory = temporaryDirectory(t);
  const pair = certificate(directory, 'own');
  const flags = ['--tls-certificate', pair.certificate, '--tls-key', pair.key, '--tls-port', '0'];
  const { output } = await launch(t, ['--data', join(directory, 'data'), ...flags]);
  const port = Number(/https:\/\/127\.0\.0\.1:(\d+)/.exec(output())?.[1]);
  const ca = readFileSync(pair.certificate);
  for (const ecdhCurve of ['X25519MLKEM768', 'X25519']) {
    const socket = await shake(t, port, { ca, ecdhCurve, minVersion: 'TLSv1.3' });
    assert.equal(socket.getProtocol(), 'TLSv1.3', ecdhCurve);
    assert.equal(socket.authorized, true);
  }
  const socket = await shake(t, port, { ca });
  socket.write('GET /a HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  let answer = '';
  for await (const chunk of socket) answer += String(chunk);
  assert.match(answer, /^HTTP\/1\.1 200 OK\r\n/);
  await assert.rejects(shake(t, port, { ca, maxVersion: 'TLSv1.1', minVersion: 'TLSv1' }));
});

test('a certificate that cannot be used is named at the start', async (t) => {
  const directory = temporaryDirectory(t);
  const [one, other] = [certificate(directory, 'one'), certificate(directory, 'other')];
  const cases = [
    [['--tls-certificate', one.certificate, '--tls-key', other.key], /tls-key is not the key/],
    [['--tls-certificate', one.key, '--tls-key', one.key], /tls-certificate is not right/],
    [['--tls-certificate', join(directory, 'nowhere'), '--tls-key', one.key], /tls-certificate cannot be read/],
    [['--tls-ca', one.key], /tls-ca is not right/],
  ] as const;
  for (const [flags, message] of cases) {
    const { exitCode, output } = await launch(t, ['--data', join(directory, 'data'), ...flags]);
    assert.equal(await exitCode(), 1);
    assert.match(output(), message);
  }
});

test('other servers are believed if our settings name who certified them, and called at private addresses if allowed', async (t) => {
  const directory = temporaryDirectory(t);
  const pair = certificate(directory, 'peer');
  const peer = createServer({ cert: readFileSync(pair.certificate), key: readFileSync(pair.key) }, (_, response) => {
    response.end('believed');
  });
  peer.listen(0, '127.0.0.1');
  await once(peer, 'listening');
  atEnd(t, () => {
    peer.close();
    peer.closeAllConnections();
  });
  const ask = async (name: string, flags: readonly string[]): Promise<string> => {
    let env: FrontEnv | undefined;
    openHomeserver(t, {
      directory: join(directory, name),
      flags,
      house: {
        kinds: [],
        front: (given) => {
          env = given;
          return async () => ({ status: 404, headers: [], body: undefined });
        },
        createUser: async () => undefined,
      },
    });
    const url = `https://localhost:${(peer.address() as AddressInfo).port}/`;
    const call = { method: 'GET', url, headers: [], body: undefined, maxAnswerBytes: 100, timeoutMs: 5000 };
    return new TextDecoder().decode((await env!.http.send(call)).body);
  };
  const [authority, privately] = [
    ['--tls-ca', pair.certificate],
    ['--allow-private-addresses', 'on'],
  ];
  assert.equal(await ask('both', [...authority, ...privately]), 'believed');
  await assert.rejects(ask('stranger', privately), /self.signed/i);
  await assert.rejects(ask('private', authority), /private addresses/);
});
