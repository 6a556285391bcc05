// What a shard has to do on the network, from all of its queues, and the alarm that stands behind the runner.
import type { RoomReport, ServersWork, Work } from '../../ports/contracts/servers-work.ts';
import type { ObjectEnv } from '../../ports/object-env.ts';
import type { RoomQueue } from './room-queue.ts';
import type { WorkQueue } from './work-queue.ts';

/** How long after a wake-up the alarm looks whether it was heard. */
const HEARD_MS = 15_000;
const LONGEST_MS = 600_000;

export class WorkSchedule implements ServersWork {
  readonly #env: ObjectEnv;
  readonly #rooms: RoomQueue;
  readonly #queues: readonly WorkQueue[];

  constructor(env: ObjectEnv, rooms: RoomQueue, others: readonly WorkQueue[] = []) {
    this.#env = env;
    this.#rooms = rooms;
    this.#queues = [rooms, ...others];
  }

  async offer(roomId: string): Promise<void> {
    this.#env.sql.transaction(() => {
      this.#rooms.ask(roomId);
      this.arm();
    });
    this.#env.runner.wake();
  }

  async lease(most: number): Promise<readonly Work[]> {
    const leased = this.#env.sql.transaction(() => {
      const now = this.#env.clock.now();
      const work: Work[] = [];
      for (const queue of this.#queues) if (work.length < most) work.push(...queue.lease(most - work.length, now));
      if (work.length > 0) this.arm();
      return work;
    });
    this.#rooms.leased(leased.filter((work) => work.kind === 'room'));
    return leased;
  }

  async settleRoom(report: RoomReport): Promise<void> {
    this.#env.sql.transaction(() => {
      this.#rooms.settle(report);
      this.arm();
    });
    this.#rooms.settled(report.roomId);
    this.#env.runner.wake();
  }

  /** Inside a commit: sets the alarm for what is due next, if anything is. */
  arm(): void {
    const due = this.#queues.flatMap((queue) => queue.earliest() ?? []);
    if (due.length === 0) return;
    // No work is ever put off for longer than a lease lasts or a room rests, but somebody may put the clock back.
    const now = this.#env.clock.now();
    this.#env.alarm.arm(Math.min(Math.max(Math.min(...due), now + HEARD_MS), now + LONGEST_MS));
  }

  /** Something may be due. The alarm is set again before anything is begun, for whoever is woken may die. */
  alarm(): void {
    this.#env.sql.transaction(() => this.arm());
    this.#env.runner.wake();
  }
}
