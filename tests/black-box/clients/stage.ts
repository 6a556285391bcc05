// One server for the situations of a file, on every runtime, and the people of each situation.
import { after, afterEach, before, describe } from 'node:test';
import { Client } from '../client.ts';
import { eventually } from '../eventually.ts';
import { type Arrival, Person } from '../person.ts';
import { RUNTIMES, Server } from '../server.ts';

export const ENCRYPTION = { type: 'm.room.encryption', state_key: '', content: { algorithm: 'm.megolm.v1.aes-sha2' } };

export class Stage {
  readonly #server: Server;
  readonly #people: Person[] = [];
  #accounts = 0;

  constructor(server: Server) {
    this.#server = server;
  }

  /** Somebody new with a client. The name is made unique. Without encryption, unless it is asked for. */
  async enter(name: string, arrival: Arrival = {}): Promise<Person> {
    const account = await Client.register(this.#server, `${name}${++this.#accounts}`);
    return this.#remember(await Person.arrive(account, undefined, { crypto: false, ...arrival }));
  }

  /** Accounts without clients of their own, named alike. */
  async crowd(name: string, size: number): Promise<Client[]> {
    const accounts: Client[] = [];
    for (let n = 0; n < size; n++) accounts.push(await Client.register(this.#server, `${name}${++this.#accounts}`));
    return accounts;
  }

  /** The same user with another client. */
  async again(person: Person, arrival: Arrival = {}, recoveryKey?: Person['recoveryKey']): Promise<Person> {
    const account = await person.account.login();
    return this.#remember(await Person.arrive(account, recoveryKey, { crypto: false, ...arrival }));
  }

  /** A room of `owner` that all of `guests` have joined, as each of their clients knows. */
  async room(owner: Person, guests: readonly Person[], request: object = {}): Promise<string> {
    const { room_id: roomId } = await owner.sdk.createRoom({
      preset: 'private_chat' as never,
      invite: guests.map((guest) => guest.userId),
      ...request,
    });
    for (const guest of guests) await guest.sdk.joinRoom(roomId);
    for (const person of [owner, ...guests])
      await eventually(`${person.userId} sees who is in the room`, () =>
        [owner, ...guests].every((one) => membership(person, roomId, one.userId) === 'join'),
      );
    return roomId;
  }

  empty(): void {
    for (const person of this.#people.splice(0)) person.leave();
  }

  #remember(person: Person): Person {
    this.#people.push(person);
    return person;
  }
}

/** What somebody's client takes a user's membership to be. */
export function membership(person: Person, roomId: string, userId: string): string | undefined {
  const room = person.sdk.getRoom(roomId);
  return userId === person.userId ? room?.getMyMembership() : room?.getMember(userId)?.membership;
}

/** `situations` names the tests; the stage is there when they run. */
export function onEveryRuntime(situations: (stage: () => Stage) => void): void {
  for (const runtime of RUNTIMES) {
    describe(runtime, () => {
      let server: Server;
      let stage: Stage;
      before(async () => {
        server = await Server.start(runtime);
        stage = new Stage(server);
      });
      afterEach(() => stage.empty());
      after(() => server.stop());
      situations(() => stage);
    });
  }
}
