// The keys of a backup as JSON text. A backup may have tens of megabytes, which are neither parsed nor held by anybody at once
// between the rows and the answer. https://spec.matrix.org/v1.19/client-server-api/#server-side-key-backups
import type { BackupKeysPage } from '../ports/contracts/users-backup.ts';

type StoredKey = BackupKeysPage['keys'][number];

/** `{"sessions": …}` of one room's keys. */
export function sessionsText(keys: readonly StoredKey[]): string {
  return `{"sessions":{${keys.map(({ sessionId, data }) => `${JSON.stringify(sessionId)}:${data}`).join(',')}}}`;
}

/** `{"rooms": …}` of keys that come room by room. */
export function roomsText(keys: readonly StoredKey[]): string {
  const rooms: string[] = [];
  for (let at = 0; at < keys.length;) {
    const { roomId } = keys[at]!;
    let end = at;
    while (keys[end]?.roomId === roomId) end++;
    rooms.push(`${JSON.stringify(roomId)}:${sessionsText(keys.slice(at, end))}`);
    at = end;
  }
  return `{"rooms":{${rooms.join(',')}}}`;
}
