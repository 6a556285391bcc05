// Acts with something in their content that has no business there.
import type { Json, JsonObject } from '../../src/spec/json.ts';
import { isObject, member } from '../../src/spec/json.ts';
import type { Act } from './graph-act.ts';
import type { SeededRandom } from './seeded-random.ts';

const JUNK: readonly Json[] = [null, true, [], {}, '', 'x', 7, ['@alice:a.example'], { signed: [] }, { signed: {} }];

/**
 * `act` with one value of its content, at any depth, replaced by junk or left out. Levels of versions before 10 are let be:
 * the specification does not say what follows from one that is no number, `users` excepted.
 */
export function spoilt(act: Act, version: string, random: SeededRandom): Act {
  if (act.type === 'm.room.power_levels' && Number(version) < 10) {
    const users = member(act.content, 'users');
    return isObject(users) ? { ...act, content: { ...act.content, users: spoiltAt(users, random) } } : act;
  }
  return { ...act, content: spoiltAt(act.content, random) };
}

function spoiltAt(content: JsonObject, random: SeededRandom): JsonObject {
  const keys = Object.keys(content);
  if (keys.length === 0 || random.chance(0.1)) return { ...content, [random.pick(['x', 'membership', 'users'])]: 'x' };
  const key = random.pick(keys);
  const value = content[key];
  if (isObject(value) && random.chance(0.6)) return { ...content, [key]: spoiltAt(value, random) };
  const { [key]: _left, ...rest } = content;
  return random.chance(0.25) ? rest : { ...content, [key]: random.pick(JUNK) };
}
