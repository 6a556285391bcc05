// A certificate for the servers that the load plays, made for one measurement.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Identity {
  readonly certificateFile: string;
  readonly certificate: Buffer;
  readonly key: Buffer;
}

/** For any name directly below this one. */
export const DOMAIN = 'bench.localhost';

/** Needs `openssl`. */
export function makeIdentity(folder: string): Identity {
  const certificateFile = join(folder, 'certificate.pem');
  const keyFile = join(folder, 'key.pem');
  const { status, stderr } = spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...['-subj', '/CN=bench', '-addext', `subjectAltName=DNS:*.${DOMAIN},IP:127.0.0.1`],
    ...['-keyout', keyFile, '-out', certificateFile],
  ]);
  if (status !== 0) throw new Error(`openssl made no certificate: ${String(stderr)}`);
  return { certificateFile, certificate: readFileSync(certificateFile), key: readFileSync(keyFile) };
}
