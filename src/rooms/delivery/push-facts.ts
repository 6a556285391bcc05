// What push rules are evaluated on, for the Users groups. https://spec.matrix.org/v1.19/client-server-api/#conditions
import { PowerLevels } from '../../authorization/power-levels.ts';
import type { PushFacts } from '../../ports/contracts/push-facts.ts';
import { isObject, member } from '../../spec/json.ts';
import { stateIn } from '../receipt/authorization.ts';
import { threadOf } from '../relations/thread.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';

/** Names of notifications that are told; there is one that the specification knows: `room`. */
const NAMES_MAX = 20;
const NAME_LENGTH_MAX = 255;

interface Levels {
  readonly root: number;
  readonly levels: PowerLevels;
  readonly notifications: readonly (readonly [name: string, level: number])[];
}

/** The levels of the latest state that was asked for: messages leave it as it is. */
const latest = new WeakMap<RoomData, Levels>();

/** `root`: the current state after the event. */
export function pushFactsOf(data: RoomData, event: StoredEvent, root: number): PushFacts {
  const { levels, notifications } = levelsAt(data, root);
  return {
    content: event.pdu.content,
    threadId: threadOf(data, event.pdu),
    joined: data.begun?.joined ?? 0,
    senderLevel: Math.min(levels.levelOf(event.pdu.sender), Number.MAX_SAFE_INTEGER),
    notificationLevels: notifications,
  };
}

function levelsAt(data: RoomData, root: number): Levels {
  const known = latest.get(data);
  if (known?.root === root) return known;
  const levels = PowerLevels.of(stateIn(data, root), data.version);
  const content = data.stateContent(root, 'm.room.power_levels', '');
  const named = content === undefined ? undefined : member(content, 'notifications');
  const names = isObject(named) ? Object.keys(named).filter((name) => name.length <= NAME_LENGTH_MAX) : [];
  const told = ['room', ...names.filter((name) => name !== 'room')].slice(0, NAMES_MAX);
  const found = { root, levels, notifications: told.map((name) => [name, levels.levelToNotify(name)] as const) };
  latest.set(data, found);
  return found;
}
