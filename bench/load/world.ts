// The people and rooms that a workload is measured with: everybody is in every room.
import { randomBytes } from 'node:crypto';
import { type Caller, pool, range } from './caller.ts';

export interface Person {
  readonly userId: string;
  readonly token: string;
}

export interface World {
  readonly people: readonly Person[];
  readonly rooms: readonly string[];
}

interface Registered {
  readonly user_id: string;
  readonly access_token: string;
}

export async function makeWorld(caller: Caller, people: number, rooms: number, history = 0): Promise<World> {
  const tag = randomBytes(4).toString('hex');
  const made: Person[] = [];
  await pool(4, range(people), async (index) => {
    made[index] = await register(caller, `bench-${tag}-${index}`);
  });
  const roomIds: string[] = [];
  await pool(4, range(rooms), async (index) => {
    const creator = made[index % people]!;
    const body = { preset: 'public_chat', name: `room ${index}` };
    const { room_id } = await caller.ok<{ room_id: string }>(
      'POST',
      '/_matrix/client/v3/createRoom',
      creator.token,
      body,
    );
    roomIds[index] = room_id;
    for (const person of made) {
      if (person !== creator)
        await caller.ok('POST', `/_matrix/client/v3/join/${encodeURIComponent(room_id)}`, person.token, {});
    }
    for (const n of range(history))
      await caller.ok('PUT', sendPath(room_id, `${tag}h${n}`), made[n % people]!.token, message(n));
  });
  return { people: made, rooms: roomIds };
}

async function register(caller: Caller, username: string): Promise<Person> {
  const path = '/_matrix/client/v3/register';
  const account = { username, password: `a long one for ${username}` };
  const first = await caller.call('POST', path, undefined, account);
  const { session } = JSON.parse(first.body.toString()) as { readonly session?: string };
  const auth = { type: 'm.login.dummy', session };
  const { user_id, access_token } = await caller.ok<Registered>('POST', path, undefined, { ...account, auth });
  return { userId: user_id, token: access_token };
}

export function sendPath(roomId: string, transaction: string): string {
  return `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/send/m.room.message/${transaction}`;
}

/** A message of some 150 bytes; `key` finds it again in a /sync. */
export function message(n: number, key?: string): object {
  return { msgtype: 'm.text', body: `message number ${n} ${'x'.repeat(100)}`, key };
}
