// Every setting there is: one table, read by the parser and shown by --help.
import { BlockList, isIP } from 'node:net';
import { type Allowance, allowanceText, DEFAULT_ALLOWANCES, readAllowance } from '../../spec/rate-limits/allowances.ts';
import { RATE_LIMIT_CLASSES, type RateLimitClass } from '../../spec/rate-limits/classes.ts';
import type { SupportContact } from '../../ports/settings.ts';
import { supportContacts } from '../shared/support-contacts.ts';
import { LOG_LEVELS, type LogLevel } from './logger.ts';
import { subnets } from './client-address.ts';

/** How a key's text becomes its value; throws with what would have been right. */
export interface Key<T> {
  readonly help: string;
  readonly fallback: T;
  readonly read: (text: string) => T;
  /** What `--help` shows of the fallback, if it is not what `String` makes of it. */
  readonly fallbackText?: string;
}

const key = <T>(fallback: T, read: (text: string) => T, help: string): Key<T> => ({ help, fallback, read });

export const KEYS = {
  'server-name': key<string>(
    'localhost',
    serverName,
    'the domain that user ids end with; fixed once the data directory is in use',
  ),
  listen: key<string>('127.0.0.1', address, 'the address to listen on'),
  port: key<number>(8008, wholeFrom(0, 65_535), 'the port for plain HTTP; put a reverse proxy with TLS before it'),
  data: key<string>('./data', some, 'the directory that everything is kept in'),
  'log-level': key<LogLevel>('info', oneOf(LOG_LEVELS), `one of ${LOG_LEVELS.join(', ')}`),
  'public-url': key<string | undefined>(
    undefined,
    url,
    'where clients reach this server, such as https://matrix.example.org',
  ),
  registration: key<'closed' | 'token' | 'open'>(
    'closed',
    oneOf(['closed', 'token', 'open'] as const),
    'who may register: closed, token or open',
  ),
  guests: key<boolean>(false, onOff, 'on or off: whether anybody may have a guest account, without registering'),
  'registration-shared-secret': key<string | undefined>(
    undefined,
    some,
    'enables registration by scripts that know this secret',
  ),
  'default-room-version': key<string>('12', some, 'the version of new rooms whose creator names none'),
  'rate-limits': key<boolean>(true, onOff, 'on or off: limits what each user, and each network without a user, may do'),
  'access-token-lifetime': key<number>(
    3_600_000,
    wholeFrom(1000, 10 * 365 * 86_400_000),
    'how long access tokens are good whose clients can refresh them, in milliseconds; others do not expire',
  ),
  'support-contacts': key<readonly SupportContact[]>(
    [],
    supportContacts,
    'who answers for this server: m.role.admin @admin:example.org mail@example.org, m.role.security ...',
  ),
  'support-page': key<string | undefined>(undefined, url, 'a page that helps users of this server'),
  'dehydrated-devices': key<boolean>(
    false,
    onOff,
    'on tells clients to keep a dehydrated device for each user, which takes room keys while no other device is there',
  ),
  'rooms-per-user': key<number>(
    10_000,
    wholeFrom(0, 1_000_000_000),
    'how many rooms one user who is no administrator may begin; 0 for any number',
  ),
  'aliases-per-user': key<number>(
    1000,
    wholeFrom(0, 1_000_000_000),
    'how many room aliases one user who is no administrator may have; 0 for any number',
  ),
  'group-size': key<number>(1000, wholeFrom(1, 1_000_000), 'how many accounts share one group'),
  'sync-timeout': key<number>(60_000, wholeFrom(0, 600_000), 'the longest time that a sync waits, in milliseconds'),
  presence: key<boolean>(true, onOff, 'on or off: whether users who share a room are told who is there'),
  'password-cost': key<number>(16_384, powerOfTwo, "scrypt's N for new password hashes, a power of two"),
  'trusted-proxies': key<readonly string[]>(
    [],
    proxies,
    'addresses or subnets of proxies whose X-Forwarded-For is believed, with commas between',
  ),
  'tls-certificate': key<string | undefined>(undefined, some, 'a PEM file with the certificate chain; turns on HTTPS'),
  'tls-key': key<string | undefined>(undefined, some, "a PEM file with the certificate's key"),
  'tls-port': key<number>(8448, wholeFrom(0, 65_535), 'the port for HTTPS'),
  'tls-ca': key<string | undefined>(
    undefined,
    some,
    'a PEM file with one more authority that other servers may be certified by',
  ),
  'allow-private-addresses': key<boolean>(
    false,
    onOff,
    'on lets this server call private and loopback addresses: for tests',
  ),
  ...rateLimitKeys(),
} as const;

export type KeyName = keyof typeof KEYS;
/** All settings by their key names, read and checked. */
export type Config = { readonly [K in KeyName]: (typeof KEYS)[K] extends Key<infer T> ? T : never };

function rateLimitKeys(): Record<`rate-limit-${RateLimitClass}`, Key<Allowance | undefined>> {
  return Object.fromEntries(
    RATE_LIMIT_CLASSES.map((name) => [
      `rate-limit-${name}`,
      {
        ...key(
          DEFAULT_ALLOWANCES[name],
          readAllowance,
          `for the class ${name}: how many per second and how many at once, or off`,
        ),
        fallbackText: allowanceText(DEFAULT_ALLOWANCES[name]),
      },
    ]),
  ) as unknown as Record<`rate-limit-${RateLimitClass}`, Key<Allowance | undefined>>;
}

function some(text: string): string {
  if (text === '') throw new Error('it must not be empty');
  return text;
}

// https://spec.matrix.org/v1.19/appendices/#server-name
function serverName(text: string): string {
  if (text.length > 230 || !/^(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9.-]+)(:\d{1,5})?$/.test(text))
    throw new Error('it must be a server name such as example.org');
  return text;
}

function address(text: string): string {
  if (isIP(text) === 0 && text !== 'localhost')
    throw new Error('it must be an IP address, such as 127.0.0.1 or 0.0.0.0');
  return text;
}

function url(text: string): string {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new Error('it must be an http or https URL');
  return text;
}

function onOff(text: string): boolean {
  return oneOf(['on', 'off'] as const)(text) === 'on';
}

function oneOf<const T extends string>(values: readonly T[]): (text: string) => T {
  return (text) => {
    const found = values.find((value) => value === text);
    if (found === undefined) throw new Error(`it must be one of ${values.join(', ')}`);
    return found;
  };
}

function wholeFrom(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < least || value > most)
      throw new Error(`it must be a whole number from ${least} to ${most}`);
    return value;
  };
}

function powerOfTwo(text: string): number {
  const value = wholeFrom(2, 2 ** 20)(text);
  if ((value & (value - 1)) !== 0) throw new Error('it must be a power of two');
  return value;
}

function proxies(text: string): readonly string[] {
  const list = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  const checked: BlockList = subnets(list);
  return checked.rules.length > 0 ? list : [];
}
