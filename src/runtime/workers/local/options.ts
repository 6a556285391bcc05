// Settings of the local server, from flags (`--port 8008`) and the environment (`HEARTH_PORT=8008`); a flag wins. The names
// are those of the server on Node; what the Worker itself reads is handed on to it.
import { resolve } from 'node:path';
import { readVariables, VARIABLES } from '../variables.ts';
import type { Variables } from '../bindings.ts';

/** A setting that cannot be used; the message names it. */
export class OptionError extends Error {}

export interface LocalOptions {
  readonly listen: string;
  readonly port: number;
  readonly data: string;
  /** Paths of PEM files. */
  readonly tls: { readonly certificate: string; readonly key: string; readonly port: number } | undefined;
  readonly authority: string | undefined;
  readonly privateAddresses: boolean;
  readonly variables: Readonly<Record<string, string>>;
}

const LOCAL = {
  listen: 'the address to listen on [127.0.0.1]',
  port: 'the port for plain HTTP [8008]',
  data: 'the directory that everything is kept in [./data/workers]',
  'tls-certificate': 'a PEM file with the certificate chain; turns on HTTPS',
  'tls-key': "a PEM file with the certificate's key",
  'tls-port': 'the port for HTTPS [8448]',
  'tls-ca': 'a PEM file with one more authority that other servers may be certified by',
  'allow-private-addresses': 'on lets this server call private and loopback addresses: for tests',
} as const;

type LocalKey = keyof typeof LOCAL;

/** Reads all settings. Throws OptionError. */
export function readOptions(flags: readonly string[], environment: NodeJS.ProcessEnv): LocalOptions {
  const given = new Map<string, string>();
  for (const [name, value] of Object.entries(environment))
    if (name.startsWith('HEARTH_') && value !== undefined && value !== '') given.set(name, value);
  for (const [name, value] of parseFlags(flags)) given.set(name, value);
  const local = (key: LocalKey): string | undefined => {
    const value = given.get(variableOf(key));
    given.delete(variableOf(key));
    return value;
  };
  const certificate = local('tls-certificate');
  const key = local('tls-key');
  if ((certificate === undefined) !== (key === undefined))
    throw new OptionError('tls-certificate and tls-key go together: one of them is missing');
  const tlsPort = port(local('tls-port') ?? '8448', 'tls-port');
  const options = {
    listen: local('listen') ?? '127.0.0.1',
    port: port(local('port') ?? '8008', 'port'),
    data: resolve(local('data') ?? './data/workers'),
    tls: certificate !== undefined && key !== undefined ? { certificate, key, port: tlsPort } : undefined,
    authority: local('tls-ca'),
    privateAddresses: local('allow-private-addresses') === 'on',
  };
  if (!given.has('HEARTH_SERVER_NAME')) given.set('HEARTH_SERVER_NAME', 'localhost');
  const variables = Object.fromEntries(given);
  try {
    readVariables(variables as Variables);
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
  return { ...options, variables };
}

export function optionsHelp(): string {
  return [
    ...Object.entries(LOCAL).map(([name, help]) => `  --${name.padEnd(28)}${help}`),
    '',
    'and, handed on to the Worker (see docs/runtimes.md):',
    '',
    ...VARIABLES.map((name) => `  --${flagOf(name)}`),
    '',
    'Each may also stand in the environment, as HEARTH_ and its name in capitals (HEARTH_SERVER_NAME).',
  ].join('\n');
}

function parseFlags(flags: readonly string[]): Map<string, string> {
  const known = new Set<string>([...Object.keys(LOCAL), ...VARIABLES.map(flagOf)]);
  const given = new Map<string, string>();
  for (let index = 0; index < flags.length; index++) {
    const [, name = '', inline] = /^--([a-z-]+)(?:=(.*))?$/s.exec(flags[index] ?? '') ?? [];
    if (!known.has(name)) throw new OptionError(`there is no setting ${flags[index]} (see --help)`);
    const value = inline ?? flags[++index];
    if (value === undefined) throw new OptionError(`--${name} has no value`);
    given.set(variableOf(name), value);
  }
  return given;
}

function port(text: string, name: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > 65_535)
    throw new OptionError(`${name} must be a port from 1 to 65535`);
  return value;
}

const variableOf = (flag: string): string => `HEARTH_${flag.toUpperCase().replaceAll('-', '_')}`;
const flagOf = (variable: string): string => variable.slice('HEARTH_'.length).toLowerCase().replaceAll('_', '-');
