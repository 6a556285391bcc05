// Plays a plan: three users with several devices, a storm in which everything fails now and then, then calm, then the judge.
import type { Mode } from '../../../src/runtime/simulation/making.ts';
import type { PlantedBug } from '../../../src/runtime/simulation/planted.ts';
import { Client, roomPath } from '../../black-box/client.ts';
import { SETTINGS, World } from '../world.ts';
import { Device, SignedOut } from './device.ts';
import { judge } from './judge.ts';
import type { Marks } from './marks.ts';
import type { Operation, Plan, SyncHow } from './operations.ts';
import { Record } from './record.ts';
import { Witness } from './witness.ts';

export interface Outcome {
  readonly trace: string;
  readonly steps: number;
  readonly marks: Marks;
  readonly wrong: readonly string[];
  readonly tail: readonly string[];
}

/** A run that has not come to rest by then is stuck. */
const STEPS_MAX = 60_000;
/** Longer than any alarm waits before it tries again. */
const QUIET_MS = 90_000;
const DAY_MS = 86_400_000;
const LAST_SYNCS_MAX = 12;
const PLAIN: SyncHow = { timeoutMs: 0, fullState: false, back: 0, twice: false };
/** A second group opens after this many accounts, so that users of one room live in different objects. */
const GROUP_SIZE = 2;

export async function play(plan: Plan, mode: Mode, planted?: PlantedBug): Promise<Outcome> {
  const world = new World(plan.seed, mode, planted, { ...SETTINGS, groupSize: GROUP_SIZE });
  const run = new Run(plan, world);
  world.machine.start();
  let finished = false;
  const story = run.tell().then(
    () => {
      finished = true;
    },
    (error: unknown) => {
      run.record.wrong.push(`the run broke off: ${String(error)}`);
      finished = true;
    },
  );
  const ended = await world.scheduler.run(() => finished, STEPS_MAX);
  if (ended) await story;
  run.record.marks.note('a life ended inside a step', world.perils.struck);
  run.record.marks.note('a statement failed', world.storage.struck);
  const wrong = [
    ...(ended ? [] : [`the run did not come to rest within ${STEPS_MAX} steps`]),
    ...run.record.wrong,
    ...world.bugs.map((bug) => `logged as an error: ${bug}`),
  ];
  return {
    trace: world.trace.digest(),
    steps: world.scheduler.steps,
    marks: run.record.marks,
    wrong,
    tail: world.trace.tail(),
  };
}

class Run {
  readonly record = new Record();
  readonly #plan: Plan;
  readonly #world: World;
  /** By user. */
  readonly #devices: Device[][] = [];
  readonly #rooms: string[] = [];

  constructor(plan: Plan, world: World) {
    this.#plan = plan;
    this.#world = world;
  }

  async tell(): Promise<void> {
    const { machine, network, perils, storage } = this.#world;
    await this.#begin();
    network.weather = this.#plan.weather;
    for (const operation of this.#plan.operations) {
      await this.#world.sleep(operation.waitMs);
      this.#do(operation);
    }
    await Promise.all(this.#devices.flat().map((device) => device.done()));
    network.weather = { requestsLost: 0, answersLost: 0, delayMs: 5 };
    perils.calm();
    storage.calm();
    machine.start();
    await this.#end();
  }

  #all(): Device[] {
    return this.#devices.flat().filter((device) => !device.leaving);
  }

  #device(user: number, device: number): Device {
    const own = this.#devices[user]!.filter(({ leaving }) => !leaving);
    return own[device % own.length]!;
  }

  #room(room: number): string {
    return this.#rooms[room % this.#rooms.length]!;
  }

  async #begin(): Promise<void> {
    for (const [user, wishes] of this.#plan.devices.entries()) {
      const first = await Client.register(this.#world, ['alice', 'bob', 'carol'][user]!);
      const clients = [first];
      for (let n = 1; n < wishes.length; n++) clients.push(await first.login(`D${user}${n}`));
      this.#devices[user] = clients.map((client, n) => new Device(client, wishes[n]!, this.record));
      for (const device of this.#devices[user]) {
        await device.publishKeys();
        await device.uploadOneTimeKeys(1);
      }
    }
    for (const { version, visibility } of this.#plan.rooms) {
      const content = { algorithm: 'm.megolm.v1.aes-sha2' };
      this.#rooms.push(
        await this.#device(0, 0).client.createRoom({
          preset: 'public_chat',
          room_version: version,
          power_level_content_override: { state_default: 0 },
          initial_state: [
            { type: 'm.room.encryption', state_key: '', content },
            {
              type: 'm.room.history_visibility',
              state_key: '',
              content: { history_visibility: visibility },
            },
          ],
        }),
      );
    }
  }

  #do(operation: Operation): void {
    switch (operation.kind) {
      case 'say':
        return this.#say(this.#device(operation.user, operation.device), this.#room(operation.room), operation.givesUp);
      case 'state': {
        const path = `/state/test.state/${operation.key}`;
        return this.#ask('PUT', this.#device(operation.user, 0), operation, path, {
          n: this.record.number(),
        });
      }
      case 'visibility': {
        const content = { history_visibility: operation.visibility };
        return this.#ask('PUT', this.#device(0, 0), operation, '/state/m.room.history_visibility/', content);
      }
      case 'join':
      case 'leave':
        return this.#ask('POST', this.#device(operation.user, 0), operation, `/${operation.kind}`, {});
      case 'invite':
      case 'kick':
      case 'ban':
      case 'unban': {
        const { userId } = this.#device(operation.user, 0).client;
        return this.#ask('POST', this.#device(0, 0), operation, `/${operation.kind}`, {
          user_id: userId,
        });
      }
      case 'redact':
        return this.#redact(operation);
      case 'data':
        return this.#data(operation);
      case 'read':
        return this.#read(operation);
      case 'message':
        return this.#message(operation);
      case 'claim':
        return this.#claim(this.#device(operation.user, 0), this.#device(operation.from, 0));
      case 'upload': {
        const device = this.#device(operation.user, 0);
        return device.then('write', () => device.uploadOneTimeKeys(2));
      }
      case 'login':
        return this.#login(operation);
      case 'logout':
        return this.#logout(operation.user);
      case 'sync': {
        const device = this.#device(operation.user, operation.device);
        return device.then('sync', async () => void (await device.sync(operation.how)));
      }
      case 'crash':
        return this.#crash(operation);
      case 'storage':
        return this.#world.storage.strikeAfter(operation.statements, operation.failure, operation.undoes);
      case 'clock':
        this.#world.scheduler.wallShiftMs = operation.days * DAY_MS;
        return this.record.marks.note('the clock was set');
    }
  }

  #say(device: Device, roomId: string, givesUp: boolean): void {
    const number = this.record.number();
    const said = {
      userId: device.client.userId,
      device,
      roomId,
      transaction: `t${number}`,
      body: `says ${number}`,
    };
    device.then('write', () => this.#send(said, givesUp));
  }

  async #send(said: Record['said'][number], givesUp: boolean): Promise<void> {
    if (!this.record.said.includes(said)) this.record.said.push(said);
    const path = `${roomPath(said.roomId)}/send/m.room.message/${said.transaction}`;
    const body = { msgtype: 'm.text', body: said.body };
    const answer = await (givesUp ? said.device.once('PUT', path, body) : said.device.insist('PUT', path, body));
    if (answer === undefined) this.record.marks.note('a client gave up');
    if (answer === undefined || answer.status === 403) return;
    if (said.eventId !== undefined) this.record.marks.note('a send was repeated');
    const eventId = String(answer.body['event_id']);
    if (answer.status !== 200) this.record.wrong.push(`${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    else if (said.eventId !== undefined && said.eventId !== eventId)
      this.record.wrong.push(`one transaction, two events: ${said.transaction} made ${said.eventId} and ${eventId}`);
    said.eventId = eventId;
    said.answered ??= this.record.tick();
  }

  #ask(
    method: 'PUT' | 'POST',
    device: Device,
    { room, givesUp }: { readonly room: number; readonly givesUp: boolean },
    path: string,
    body: object,
  ): void {
    const target = `${roomPath(this.#room(room))}${path}`;
    device.then('write', async () => {
      if (givesUp) await device.once(method, target, body);
      else await device.insist(method, target, body);
    });
  }

  /** Takes back what the user said last in the room. */
  #redact({ user, room }: { readonly user: number; readonly room: number }): void {
    const device = this.#device(user, 0);
    const transaction = `r${this.record.number()}`;
    device.then('write', async () => {
      const own = ({ userId, roomId, eventId }: Record['said'][number]): boolean =>
        userId === device.client.userId && roomId === this.#room(room) && eventId !== undefined;
      const eventId = this.record.said.findLast(own)?.eventId;
      if (eventId === undefined || this.record.redacted.has(eventId)) return;
      const path = `${roomPath(this.#room(room))}/redact/${encodeURIComponent(eventId)}/${transaction}`;
      const { status } = await device.insist('PUT', path, {});
      if (status !== 200) return;
      this.record.redacted.set(eventId, this.record.tick());
      this.record.marks.note('an event was redacted');
    });
  }

  /** Account data, of the user or of the user in a room. */
  #data({ user, room }: { readonly user: number; readonly room: number }): void {
    const device = this.#device(user, 0);
    const { userId } = device.client;
    const inRoom = room === 0 ? undefined : this.#room(room);
    device.then('write', async () => {
      const n = this.record.number();
      const setting = this.record.setting(`data ${userId}${inRoom === undefined ? '' : ` ${inRoom}`}`, String(n));
      const place = inRoom === undefined ? '' : `/rooms/${encodeURIComponent(inRoom)}`;
      const path = `/_matrix/client/v3/user/${encodeURIComponent(userId)}${place}/account_data/test.data`;
      await device.demand('PUT', path, { n });
      setting.answered = true;
    });
  }

  /** Reads what the user's first device knows of the room. */
  #read({ user, room }: { readonly user: number; readonly room: number }): void {
    const device = this.#device(user, 0);
    const roomId = this.#room(room);
    device.then('write', async () => {
      const known = device.replica.rooms.get(roomId);
      const eventId = known?.section === 'join' ? known.timeline.at(-1)?.event_id : undefined;
      if (eventId === undefined) return;
      const setting = this.record.setting(`read ${device.client.userId} ${roomId}`, eventId);
      const path = `${roomPath(roomId)}/receipt/m.read/${encodeURIComponent(eventId)}`;
      if ((await device.insist('POST', path, {})).status === 200) setting.answered = true;
    });
  }

  #message(operation: Operation & { readonly kind: 'message' }): void {
    const from = this.#device(operation.user, 0);
    const to = this.#device(operation.to, operation.device === '*' ? 0 : operation.device).client;
    const device = operation.device === '*' ? '*' : to.deviceId;
    from.then('write', async () => {
      const number = this.record.number();
      const asked = this.record.tick();
      const message: Record['messages'][number] = {
        number,
        sender: from.client.userId,
        to: to.userId,
        device,
        asked,
      };
      this.record.messages.push(message);
      await from.demand('PUT', `/_matrix/client/v3/sendToDevice/test.sim/m${number}`, {
        messages: { [to.userId]: { [device]: { number } } },
      });
      message.answered = this.record.tick();
    });
  }

  /** Not repeated: an answer that was lost has used up a key, as it must have. */
  #claim(claimant: Device, from: Device): void {
    const { userId, deviceId } = from.client;
    claimant.then('write', async () => {
      const claim: Record['claims'][number] = {
        owner: userId,
        device: deviceId,
        asked: this.record.tick(),
      };
      this.record.claims.push(claim);
      const body = { one_time_keys: { [userId]: { [deviceId]: 'signed_curve25519' } } };
      const answer = await claimant.client.call('POST', '/_matrix/client/v3/keys/claim', body).catch(() => undefined);
      claim.answered = this.record.tick();
      const keys = answer?.body['one_time_keys'] as { [user: string]: { [device: string]: object } } | undefined;
      const keyId = answer?.status === 200 ? Object.keys(keys?.[userId]?.[deviceId] ?? {})[0] : undefined;
      if (keyId !== undefined) claim.keyId = keyId;
      if (answer?.status === 200)
        this.record.marks.note(keyId === undefined ? 'no one-time key was left' : 'a one-time key was claimed');
    });
  }

  #login({ user, wish }: Operation & { readonly kind: 'login' }): void {
    if (this.#devices[user]!.length > 3) return;
    const first = this.#device(user, 0);
    // A name of its own, so that a repeated login finds the device of the first.
    const deviceId = `N${this.record.number()}`;
    first.then('write', async () => {
      let client: Client | undefined;
      while (!client) {
        client = await first.client.login(deviceId).catch(() => undefined);
        if (!client) await this.#world.sleep(50);
      }
      const device = new Device(client, wish, this.record);
      this.#devices[user]!.push(device);
      this.record.marks.note('a device signed in');
      device.then('write', () => device.publishKeys());
      await device.done();
    });
  }

  /** Signs the newest device out, unless it is the only one. */
  #logout(user: number): void {
    const own = this.#devices[user]!.filter(({ leaving }) => !leaving);
    const device = own.at(-1);
    if (!device || own.length < 2) return;
    device.leaving = true;
    device.then('write', async () => {
      await device.insist('POST', '/_matrix/client/v3/logout', {}).catch((error: unknown) => {
        // It had its effect before, and the answer was lost.
        if (!(error instanceof SignedOut)) throw error;
      });
      this.record.revoked.push(device);
      this.record.marks.note('a device signed out');
    });
  }

  #crash({ crash, points, alone, downMs }: Operation & { readonly kind: 'crash' }): void {
    const { machine } = this.#world;
    if (points === 0) {
      if (machine.running) this.record.marks.note('a machine died between two steps');
      machine.crash(crash, downMs);
    } else machine.strikeAfter(points, crash, alone, downMs);
  }

  /** The calm: everybody looks until nothing is new, and then the rooms tell what happened. */
  async #end(): Promise<void> {
    await this.#world.sleep(QUIET_MS);
    for (const device of this.#all()) {
      let looks = 0;
      while ((await device.sync(PLAIN)) && looks < LAST_SYNCS_MAX) looks++;
      if (looks === LAST_SYNCS_MAX) this.record.wrong.push(`${device.name}: syncs do not come to rest`);
    }
    const witness = new Witness(this.record, this.#device(0, 0), this.#rooms);
    const histories = await witness.histories();
    judge(this.record, this.#all(), histories);
    await witness.checkState(histories);
    await witness.checkRevoked();
    for (const said of this.record.said
      .filter(({ eventId, device }) => eventId !== undefined && !device.leaving)
      .slice(-5))
      await this.#send(said, false);
    for (const [index, after] of (await witness.histories()).entries())
      if (after.last !== histories[index]!.last) this.record.wrong.push('repeated requests made new events');
  }
}
