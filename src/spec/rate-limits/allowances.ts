// How much of each class one who asks may do. https://spec.matrix.org/v1.19/client-server-api/#rate-limiting
import { RATE_LIMIT_CLASSES, type RateLimitClass } from './classes.ts';

export interface Allowance {
  readonly perSecond: number;
  /** How many may come at once after a pause. */
  readonly burst: number;
}

/** Undefined for what is not limited. */
export type Allowances = Readonly<Record<RateLimitClass, Allowance | undefined>>;

const allowance = (perSecond: number, burst: number): Allowance => ({ perSecond, burst });

/** More than a person with a few clients needs, and less than it takes to be felt by others. */
export const DEFAULT_ALLOWANCES: Allowances = {
  message: allowance(5, 50),
  redaction: allowance(2, 50),
  join: allowance(0.5, 20),
  invite: allowance(0.5, 30),
  membership: allowance(1, 50),
  creation: allowance(0.1, 20),
  registration: allowance(0.1, 20),
  login: allowance(0.2, 20),
  account: allowance(0.2, 20),
  profile: allowance(0.5, 20),
  settings: allowance(10, 200),
  ephemeral: allowance(10, 100),
  'to-device': allowance(20, 200),
  keys: allowance(20, 200),
  read: allowance(50, 500),
  sync: allowance(10, 100),
  search: allowance(2, 20),
  media: allowance(20, 300),
  admin: allowance(5, 100),
  federation: allowance(100, 1000),
};

/** Wrong passwords for one account from one network. */
export const WRONG_PASSWORDS: Allowance = allowance(1 / 20, 5);
/** Wrong passwords for one account from everywhere. Ten networks that go on for ever do not fill it. */
export const WRONG_PASSWORDS_FROM_ALL: Allowance = allowance(0.5, 100);

/** Servers from one network that say that they have keys which we have to ask them for. */
export const STRANGERS: Allowance = allowance(5, 200);

const MOST_PER_SECOND = 1_000_000;
const MOST_BURST = 1_000_000;

/** Reads `per second/burst`, such as `0.5/20`, or `off`. Throws with what would have been right. */
export function readAllowance(text: string): Allowance | undefined {
  if (text === 'off') return undefined;
  const [, perSecond = '', burst = ''] = /^(\d{1,7}(?:\.\d{1,6})?)\/(\d{1,7})$/.exec(text) ?? [];
  const read = allowance(Number(perSecond), Number(burst));
  const good = read.perSecond > 0 && read.perSecond <= MOST_PER_SECOND && read.burst >= 1 && read.burst <= MOST_BURST;
  if (!good) throw new Error('it must be off, or how many per second and how many at once, such as 0.5/20');
  return read;
}

export function allowanceText(value: Allowance | undefined): string {
  return value === undefined ? 'off' : `${value.perSecond}/${value.burst}`;
}

/** One value for each class. */
export function eachClass<T>(make: (name: RateLimitClass) => T): Record<RateLimitClass, T> {
  return Object.fromEntries(RATE_LIMIT_CLASSES.map((name) => [name, make(name)])) as Record<RateLimitClass, T>;
}
