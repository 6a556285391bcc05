// Power levels as Alice writes them: with her own where her room version has her in them.
import type { RoomVersion } from '../../../src/events/room-version.ts';
import { alice } from '../../authorization/people.ts';

export function levels(version: RoomVersion, users: Record<string, number>): { users: Record<string, number> } {
  return { users: { ...(version.privilegedCreators ? {} : { [alice.id]: 100 }), ...users } };
}
