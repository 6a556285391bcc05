// The certificates that settings name: our own for HTTPS, and one more authority for the servers that we call.
import { X509Certificate, createPrivateKey } from 'node:crypto';
import type { Config, KeyName } from './config-keys.ts';
import { ConfigError } from './config.ts';
import { fs, tls } from './builtin.ts';
import type { Tls } from './http-server.ts';

/** Our certificate and its key, or undefined if none are set. Throws ConfigError if they cannot be used together. */
export function tlsOf(config: Config): Tls | undefined {
  if (config['tls-certificate'] === undefined || config['tls-key'] === undefined) return undefined;
  const certificate = readPem(config, 'tls-certificate');
  const key = readPem(config, 'tls-key');
  const leaf = parsed('tls-certificate', () => new X509Certificate(certificate));
  const secret = parsed('tls-key', () => createPrivateKey(key));
  if (!leaf.checkPrivateKey(secret))
    throw new ConfigError('tls-key is not the key of the certificate in tls-certificate');
  return { certificate, key };
}

/** Everybody whom Node trusts, and whom `tls-ca` names; undefined for the former alone. Throws ConfigError. */
export function authoritiesOf(config: Config): readonly string[] | undefined {
  if (config['tls-ca'] === undefined) return undefined;
  const pem = readPem(config, 'tls-ca');
  parsed('tls-ca', () => new X509Certificate(pem));
  return [...tls().getCACertificates('default'), pem.toString()];
}

function readPem(config: Config, name: KeyName): Buffer {
  try {
    return fs.readFileSync(String(config[name]));
  } catch (error) {
    throw new ConfigError(`${name} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function parsed<T>(name: KeyName, parse: () => T): T {
  try {
    return parse();
  } catch {
    throw new ConfigError(`${name} is not right: the file holds no PEM of the kind`);
  }
}
