// Settings come from variables and secrets, by the names that they have in the environment on Node. What is unknown or
// malformed is an error that names it.
import type { Settings } from '../../ports/settings.ts';
import { type Allowance, DEFAULT_ALLOWANCES, eachClass, readAllowance } from '../../spec/rate-limits/allowances.ts';
import { RATE_LIMIT_CLASSES, type RateLimitClass } from '../../spec/rate-limits/classes.ts';
import { supportContacts } from '../shared/support-contacts.ts';
import { readFailpoint } from '../shared/failpoints.ts';
import type { Variables } from './bindings.ts';
import { LOG_LEVELS, type LogLevel } from './system.ts';

export interface WorkersSettings extends Settings {
  readonly logLevel: LogLevel;
  /** scrypt's N for new password hashes. */
  readonly passwordCost: number;
  /** Opens what only tests may do. */
  readonly test: boolean;
  /** See shared/failpoints.ts; only with `test`. */
  readonly failpoint: string | undefined;
}

/** A poll that waits longer than this is cut off by some of the proxies on the way. */
const LONGEST_SYNC_MS = 25_000;

const READERS = {
  HEARTH_SERVER_NAME: matching(
    /^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]+)(:\d{1,5})?$/,
    'a server name such as example.org',
  ),
  HEARTH_PUBLIC_URL: matching(/^https?:\/\/[^\s]+$/, 'an http or https URL'),
  HEARTH_REGISTRATION: oneOf(['closed', 'token', 'open'] as const),
  HEARTH_GUESTS: oneOf(['on', 'off'] as const),
  HEARTH_REGISTRATION_SHARED_SECRET: matching(/./s, 'some text'),
  HEARTH_DEFAULT_ROOM_VERSION: matching(/^[\w.-]+$/, 'a room version'),
  HEARTH_ACCESS_TOKEN_LIFETIME: whole(1000, 10 * 365 * 86_400_000),
  HEARTH_SUPPORT_CONTACTS: supportContacts,
  HEARTH_SUPPORT_PAGE: matching(/^https?:\/\/[^\s]+$/, 'an http or https URL'),
  HEARTH_DEHYDRATED_DEVICES: oneOf(['on', 'off'] as const),
  HEARTH_RATE_LIMITS: oneOf(['on', 'off'] as const),
  HEARTH_ROOMS_PER_USER: whole(0, 1_000_000_000),
  HEARTH_ALIASES_PER_USER: whole(0, 1_000_000_000),
  HEARTH_GROUP_SIZE: whole(1, 1_000_000),
  HEARTH_SYNC_TIMEOUT: whole(0, LONGEST_SYNC_MS),
  HEARTH_PRESENCE: oneOf(['on', 'off'] as const),
  HEARTH_PASSWORD_COST: powerOfTwo,
  HEARTH_LOG_LEVEL: oneOf(LOG_LEVELS),
  HEARTH_TEST: oneOf(['0', '1'] as const),
  HEARTH_FAILPOINT: failpoint,
} as const;

type Name = keyof typeof READERS;

/** The names that a Worker reads. */
export const VARIABLES = [...Object.keys(READERS), ...RATE_LIMIT_CLASSES.map(rateLimitName)];

/** Reads and checks all settings. Throws for the first one that cannot be used. */
export function readVariables(variables: Variables): WorkersSettings {
  for (const name of Object.keys(variables))
    if (name.startsWith('HEARTH_') && !VARIABLES.includes(name)) throw new Error(`there is no setting ${name}`);
  const serverName = read(variables, 'HEARTH_SERVER_NAME');
  if (serverName === undefined) throw new Error('HEARTH_SERVER_NAME must be set: the domain that user ids end with');
  const test = read(variables, 'HEARTH_TEST') === '1';
  const named = read(variables, 'HEARTH_FAILPOINT');
  if (named !== undefined && !test) throw new Error('HEARTH_FAILPOINT is for tests only: it needs HEARTH_TEST=1');
  return {
    serverName,
    publicUrl: read(variables, 'HEARTH_PUBLIC_URL'),
    registration: read(variables, 'HEARTH_REGISTRATION') ?? 'closed',
    guests: read(variables, 'HEARTH_GUESTS') === 'on',
    registrationSharedSecret: read(variables, 'HEARTH_REGISTRATION_SHARED_SECRET'),
    defaultRoomVersion: read(variables, 'HEARTH_DEFAULT_ROOM_VERSION') ?? '12',
    accessTokenLifetimeMs: read(variables, 'HEARTH_ACCESS_TOKEN_LIFETIME') ?? 3_600_000,
    support: {
      contacts: read(variables, 'HEARTH_SUPPORT_CONTACTS') ?? [],
      page: read(variables, 'HEARTH_SUPPORT_PAGE'),
    },
    dehydratedDevices: read(variables, 'HEARTH_DEHYDRATED_DEVICES') === 'on',
    rateLimits: read(variables, 'HEARTH_RATE_LIMITS') !== 'off' && eachClass((name) => allowanceOf(variables, name)),
    roomsPerUser: read(variables, 'HEARTH_ROOMS_PER_USER') ?? 10_000,
    aliasesPerUser: read(variables, 'HEARTH_ALIASES_PER_USER') ?? 1000,
    groupSize: read(variables, 'HEARTH_GROUP_SIZE') ?? 1000,
    syncTimeoutMs: read(variables, 'HEARTH_SYNC_TIMEOUT') ?? LONGEST_SYNC_MS,
    // While anybody is there an object with presence does not sleep, and that costs.
    presence: read(variables, 'HEARTH_PRESENCE') === 'on',
    passwordCost: read(variables, 'HEARTH_PASSWORD_COST') ?? 16_384,
    logLevel: read(variables, 'HEARTH_LOG_LEVEL') ?? 'info',
    test,
    failpoint: named,
  };
}

/** The variable that holds a class's allowance. */
function rateLimitName(name: RateLimitClass): `HEARTH_${string}` {
  return `HEARTH_RATE_LIMIT_${name.toUpperCase().replaceAll('-', '_')}`;
}

function allowanceOf(variables: Variables, name: RateLimitClass): Allowance | undefined {
  const text = variables[rateLimitName(name)];
  return text ? readAs(rateLimitName(name), text, readAllowance) : DEFAULT_ALLOWANCES[name];
}

function read<N extends Name>(variables: Variables, name: N): ReturnType<(typeof READERS)[N]> | undefined {
  const text = variables[name];
  if (text === undefined || text === '') return undefined;
  return readAs(name, text, READERS[name] as (text: string) => ReturnType<(typeof READERS)[N]>);
}

function readAs<T>(name: string, text: string, reader: (text: string) => T): T {
  try {
    return reader(text);
  } catch (error) {
    throw new Error(`${name} is not right: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function matching(pattern: RegExp, what: string): (text: string) => string {
  return (text) => {
    if (!pattern.test(text)) throw new Error(`it must be ${what}`);
    return text;
  };
}

function oneOf<const T extends string>(values: readonly T[]): (text: string) => T {
  return (text) => {
    const found = values.find((value) => value === text);
    if (found === undefined) throw new Error(`it must be one of ${values.join(', ')}`);
    return found;
  };
}

function whole(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new Error(`it must be a whole number from ${least} to ${most}`);
    return value;
  };
}

function failpoint(text: string): string {
  readFailpoint(text, 'workers');
  return text;
}

function powerOfTwo(text: string): number {
  const value = whole(2, 2 ** 20)(text);
  if ((value & (value - 1)) !== 0) throw new Error('it must be a power of two');
  return value;
}
