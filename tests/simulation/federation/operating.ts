// Does what a plan says: clients' wishes through their servers' fronts, and what goes wrong with machines and links.
import { CALM } from '../../../src/runtime/simulation/link.ts';
import { roomPath } from '../../black-box/client.ts';
import { move } from './hostile-moves.ts';
import type { Operation, Plan } from './plan.ts';
import type { User } from './user.ts';
import { type FederatedWorld, HOSTILE } from './world.ts';

/** Longer than any alarm, back-off or lease: within it all queues are to be empty. */
const REST_MS = 600_000;
const FLUSH_ROUNDS = 3;
const FLUSH_MS = 30_000;
const LAST_SYNCS_MAX = 20;
const STRIKE_MS = 100;

export class Operating {
  readonly #world: FederatedWorld;
  readonly #plan: Plan;

  constructor(world: FederatedWorld, plan: Plan) {
    this.#world = world;
    this.#plan = plan;
  }

  /** Accounts and rooms are made while nothing fails, and everybody joins. */
  async begin(): Promise<void> {
    const world = this.#world;
    await world.begin();
    for (const [n, { version, joinRule, visibility, server }] of this.#plan.rooms.entries()) {
      const maker = world.usersOf(world.server(server))[0]!;
      const roomId = await maker.client.createRoom({
        room_version: version,
        preset: 'public_chat',
        room_alias_name: `room${n}`,
        power_level_content_override: { users_default: n === 0 ? 50 : 0, events: { 'm.room.topic': 0 } },
        initial_state: [
          { type: 'm.room.join_rules', state_key: '', content: { join_rule: joinRule } },
          { type: 'm.room.history_visibility', state_key: '', content: { history_visibility: visibility } },
        ],
      });
      world.rooms.push(roomId);
      for (const user of world.users) if (user !== maker) user.queue(() => this.#join(user, roomId, server));
    }
    await this.#idle();
    await world.sleep(2000);
  }

  async storm(): Promise<void> {
    const world = this.#world;
    for (const operation of this.#plan.operations) {
      await world.sleep(operation.waitMs);
      this.#do(operation);
    }
    await world.sleep(1000);
  }

  /** Faults end, clocks are right, and everything that was begun comes to an end. */
  async calm(): Promise<void> {
    const world = this.#world;
    world.internet.links.calm();
    for (const server of world.servers) server.calm();
    if (world.hostile && !this.#plan.liesOn) world.hostile.silent = true;
    await this.#idle();
    await world.sleep(REST_MS);
  }

  /** Each server's users say something in each room, until all of that has come to everybody. */
  async flush(): Promise<void> {
    const world = this.#world;
    for (let round = 0; round < FLUSH_ROUNDS; round++)
      for (const roomId of world.rooms)
        for (const server of world.servers) {
          const speaker = await this.#memberOf(world.usersOf(server), roomId);
          if (!speaker) continue;
          await speaker.send(roomId, `flush ${round}`);
          await world.sleep(FLUSH_MS);
        }
    for (const user of world.users)
      for (let n = 0; n < LAST_SYNCS_MAX && (await user.sync()); n++) await world.sleep(1);
  }

  async #memberOf(users: readonly User[], roomId: string): Promise<User | undefined> {
    for (const user of users) {
      const { body } = await user.insist('GET', '/_matrix/client/v3/joined_rooms');
      if ((body['joined_rooms'] as readonly string[]).includes(roomId)) return user;
    }
    return undefined;
  }

  async #idle(): Promise<void> {
    for (const user of this.#world.users) await user.idle();
  }

  async #join(user: User, roomId: string, via: number): Promise<void> {
    const { marks } = this.#world.record;
    const through = this.#world.names()[via % this.#world.names().length]!;
    const path = `/_matrix/client/v3/join/${encodeURIComponent(roomId)}?via=${through}&server_name=${through}`;
    const status = await user.ask('POST', path, {});
    marks.note(status === 200 ? 'a join came through another server' : 'a client was refused');
  }

  #do(operation: Operation): void {
    const world = this.#world;
    switch (operation.kind) {
      case 'cut':
      case 'mend':
      case 'clog':
      case 'gusts':
        return this.#weather(operation);
      case 'crash':
      case 'strike':
      case 'clock':
        return this.#machine(operation);
      case 'attack': {
        const { attack, room, at, detail } = operation;
        const { hostile } = world;
        if (hostile) hostile.queue(() => move(hostile, attack, world.room(room), world.server(at).name, detail));
        return;
      }
      case 'sync': {
        const user = world.user(operation.user);
        return user.queue(async () => void (await user.sync()));
      }
      default: {
        const [user, roomId] = [world.user(operation.user), world.room(operation.room)];
        return user.queue(() => this.#wish(user, roomId, operation));
      }
    }
  }

  async #wish(user: User, roomId: string, operation: Operation): Promise<void> {
    const world = this.#world;
    const state = (type: string, content: object): Promise<unknown> => user.write(roomId, `/state/${type}/`, content);
    switch (operation.kind) {
      case 'send':
        return void (await user.send(roomId, `${user.id} says ${user.own.length}`));
      case 'again': {
        const last = world.record.acked.findLast((one) => one.userId === user.id && one.transaction !== undefined);
        if (!last) return;
        const again = await user.send(last.roomId, 'again', last.transaction);
        if (again !== undefined && again !== last.eventId)
          world.record.complain(`S11: ${last.transaction} of ${user.id} made ${last.eventId} and ${again}`);
        return;
      }
      case 'topic':
        return void (await state('m.room.topic', { topic: `${user.id} ${user.own.length}` }));
      case 'joinRule':
        return void (await state('m.room.join_rules', { join_rule: operation.value }));
      case 'visibility':
        return void (await state('m.room.history_visibility', { history_visibility: operation.value }));
      case 'acl': {
        // Honest servers that shut each other out do not converge, and are not meant to.
        const deny = [[], [HOSTILE], ['*.nowhere.test']][operation.denied] ?? [];
        return void (await state('m.room.server_acl', { allow: ['*'], deny }));
      }
      case 'level':
        return await this.#level(user, roomId, world.user(operation.target).id, operation.level);
      case 'redact': {
        // Without its list a server_acl lets nobody in.
        const own = user.own.findLast((one) => one.roomId === roomId && one.isSaid);
        const path = `/redact/${encodeURIComponent(own?.eventId ?? '')}/${user.transaction()}`;
        return own && void (await user.write(roomId, path, {}));
      }
      case 'join':
        return await this.#join(user, roomId, operation.via);
      case 'paginate':
        return void (await user.page(roomId));
      case 'leave':
        return void (await user.ask('POST', `${roomPath(roomId)}/leave`, {}));
      case 'knock': {
        const path = `/_matrix/client/v3/knock/${encodeURIComponent(roomId)}?via=${world.server(0).name}`;
        return void (await user.ask('POST', path, {}));
      }
      case 'invite':
      case 'kick':
      case 'ban':
      case 'unban': {
        const target = operation.target === 11 && world.hostile ? `@eve:${HOSTILE}` : world.user(operation.target).id;
        const status = await user.ask('POST', `${roomPath(roomId)}/${operation.kind}`, { user_id: target });
        if (status === 200 && operation.kind === 'invite' && !target.endsWith(`:${user.server.name}`))
          world.record.marks.note('an invite came from another server');
        return;
      }
      default:
        throw new Error(`nobody does ${operation.kind}`);
    }
  }

  async #level(user: User, roomId: string, target: string, level: number): Promise<void> {
    const { status, body } = await user.insist('GET', `${roomPath(roomId)}/state/m.room.power_levels/`);
    if (status !== 200) return;
    const users = { ...(body['users'] as object | undefined), [target]: level };
    await user.write(roomId, '/state/m.room.power_levels/', { ...body, users });
  }

  #weather(operation: Operation & { readonly kind: 'cut' | 'mend' | 'clog' | 'gusts' }): void {
    const { internet, scheduler, record } = this.#world;
    if (operation.kind === 'mend') return internet.links.calm();
    const names = this.#world.names();
    const [from, to] = [names[operation.from % names.length]!, names[operation.to % names.length]!];
    if (from === to) return;
    if (operation.kind === 'cut') {
      record.marks.note('a server was cut off');
      internet.links.change(from, to, { cut: true });
      if (operation.both) internet.links.change(to, from, { cut: true });
    } else if (operation.kind === 'clog')
      internet.links.change(from, to, { cloggedUntil: scheduler.now + operation.ms });
    else {
      const { percent } = operation;
      internet.links.change(from, to, {
        ...CALM,
        delayMs: percent * 40,
        requestsLost: percent,
        answersLost: percent,
        doubled: percent,
        refused: percent,
        failed: percent,
        cutShort: percent,
        dripped: percent,
        garbled: percent,
      });
    }
  }

  #machine(operation: Operation & { readonly kind: 'crash' | 'strike' | 'clock' }): void {
    const server = this.#world.server(operation.server);
    const { machine, wall } = server;
    if (operation.kind === 'clock') {
      wall.shiftMs = operation.shiftMs;
      return;
    }
    const kind = operation.power ? 'power' : 'process';
    if (operation.kind === 'crash') machine.crash(kind, operation.downMs);
    else machine.strikeAfter(operation.points, kind, operation.alone, STRIKE_MS + operation.downMs);
  }
}
