// Settings come from flags (`--port 8008`), the environment (`HEARTH_PORT=8008`) and one file of lines `port = 8008`, by the
// same names, and the first of these that names a key wins. What is unknown or malformed is an error that names it.
import type { Settings } from '../../ports/settings.ts';
import { eachClass } from '../../spec/rate-limits/allowances.ts';
import { type Config, KEYS, type KeyName } from './config-keys.ts';
import { fs } from './builtin.ts';

/** A setting that cannot be used; the message names the key and where it stood. */
export class ConfigError extends Error {}

interface Given {
  readonly text: string;
  readonly from: string;
}

/** Variables of the environment that begin as settings do and are none. */
const OTHER_VARIABLES = new Set(['HEARTH_TEST', 'HEARTH_STRICT', 'HEARTH_FAILPOINT', 'HEARTH_CONFIG']);

/** Reads all settings. Throws ConfigError. */
export function readConfig(flags: readonly string[], environment: NodeJS.ProcessEnv): Config {
  const fromFlags = parseFlags(flags);
  const file = fromFlags.get('config')?.text ?? environment['HEARTH_CONFIG'];
  fromFlags.delete('config');
  const given = new Map([
    ...(file === undefined ? [] : parseFile(file)),
    ...parseEnvironment(environment),
    ...fromFlags,
  ]);
  for (const [name, { from }] of given)
    if (!isKey(name)) throw new ConfigError(`${from}: there is no setting ${name} (see --help)`);
  const values = new Map<string, unknown>();
  for (const [name, { fallback, read }] of Object.entries(KEYS)) {
    const value = given.get(name);
    try {
      values.set(name, value === undefined ? fallback : read(value.text));
    } catch (error) {
      throw new ConfigError(
        `${value?.from ?? name}: ${name} is not right: ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  const config = Object.fromEntries(values) as Config;
  if ((config['tls-certificate'] === undefined) !== (config['tls-key'] === undefined)) {
    throw new ConfigError('tls-certificate and tls-key go together: one of them is missing');
  }
  return config;
}

/** What objects and the front see of the settings. */
export function settingsOf(config: Config): Settings {
  return {
    serverName: config['server-name'],
    publicUrl: config['public-url'],
    defaultRoomVersion: config['default-room-version'],
    registration: config.registration,
    guests: config.guests,
    registrationSharedSecret: config['registration-shared-secret'],
    accessTokenLifetimeMs: config['access-token-lifetime'],
    dehydratedDevices: config['dehydrated-devices'],
    support: { contacts: config['support-contacts'], page: config['support-page'] },
    rateLimits: config['rate-limits'] && eachClass((name) => config[`rate-limit-${name}`]),
    roomsPerUser: config['rooms-per-user'],
    aliasesPerUser: config['aliases-per-user'],
    groupSize: config['group-size'],
    syncTimeoutMs: config['sync-timeout'],
    presence: config.presence,
  };
}

export function configHelp(): string {
  const lines = Object.entries(KEYS).map(
    ([name, { help, fallback, fallbackText }]) => `  --${name.padEnd(28)}${help}${shown(fallbackText ?? fallback)}`,
  );
  return [
    `  --${'config'.padEnd(28)}a file with settings, one a line: key = value; # begins a comment line`,
    ...lines,
    '',
    'Each setting may also stand in the environment, as HEARTH_ and its name in capitals (HEARTH_SERVER_NAME), or in the',
    'config file under its name. A flag wins over the environment, and that over the file.',
  ].join('\n');
}

function shown(fallback: unknown): string {
  if (fallback === undefined || (Array.isArray(fallback) && fallback.length === 0)) return '';
  return ` [${typeof fallback === 'boolean' ? (fallback ? 'on' : 'off') : String(fallback)}]`;
}

function isKey(name: string): name is KeyName {
  return Object.hasOwn(KEYS, name);
}

function parseFlags(flags: readonly string[]): Map<string, Given> {
  const given = new Map<string, Given>();
  for (let index = 0; index < flags.length; index++) {
    const flag = flags[index] ?? '';
    const parts = /^--([a-z-]+)(?:=(.*))?$/s.exec(flag);
    if (!parts) throw new ConfigError(`${flag} is not a setting: flags are written --key value (see --help)`);
    const [, name = '', inline] = parts;
    const text = inline ?? flags[++index];
    if (text === undefined) throw new ConfigError(`--${name} has no value`);
    given.set(name, { text, from: `--${name}` });
  }
  return given;
}

function parseEnvironment(environment: NodeJS.ProcessEnv): Map<string, Given> {
  const given = new Map<string, Given>();
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith('HEARTH_') || OTHER_VARIABLES.has(variable) || text === undefined || text === '') continue;
    given.set(variable.slice('HEARTH_'.length).toLowerCase().replaceAll('_', '-'), { text, from: variable });
  }
  return given;
}

function parseFile(path: string): Map<string, Given> {
  const given = new Map<string, Given>();
  for (const [index, line] of readConfigFile(path).split(/\r?\n/).entries()) {
    const from = `${path}, line ${index + 1}`;
    if (/^\s*(#|$)/.test(line)) continue;
    const parts = /^\s*([^=\s]+)\s*=\s*(.*?)\s*$/.exec(line);
    if (!parts) throw new ConfigError(`${from}: a line is key = value, not: ${line.trim()}`);
    const [, name = '', text = ''] = parts;
    if (given.has(name)) throw new ConfigError(`${from}: ${name} is set twice`);
    given.set(name, { text, from });
  }
  return given;
}

function readConfigFile(path: string): string {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`config: ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}
