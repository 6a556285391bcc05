// Tells the shards of Servers what is to be sent, out of the room's own log, as the Users groups are told by `Delivery`: whatever
// is lost on the way is found again by asking. Nobody waits for it: a server elsewhere is told when it can be.
import type { RoomData } from '../room-data.ts';
import { newsAfter } from './server-news.ts';

/** Positions of the log in one call. */
const BATCH = 200;
/** Answers without progress after which a shard is left for later. */
const STUCK_MAX = 3;

interface Line {
  readonly shard: number;
  /** Any server of the shard: how the shard is called. */
  readonly server: string;
  told: number;
  /** Whether `told` is what the shard said itself since this instance woke. */
  confirmed: boolean;
  /** The last position that it is to have. */
  due: number;
  busy: boolean;
}

export class ServerDelivery {
  readonly #data: RoomData;
  #lines: Map<number, Line> | undefined;
  #stale = false;

  constructor(data: RoomData) {
    this.#data = data;
  }

  /** Which servers are in the room changed. Called after the commit. */
  reload(): void {
    this.#stale = true;
  }

  /** Begins to tell whoever lags. */
  publish(): void {
    for (const line of this.#due()) void this.#tell(line);
  }

  /** Tells whoever lags; true if somebody still does. Never throws. */
  async retry(): Promise<boolean> {
    if (this.#data.begun === undefined) return false;
    // What was written down may be old: the shard itself knows.
    await Promise.all(this.#all().map((line) => (line.confirmed ? undefined : this.#tell(line))));
    await Promise.all(this.#due().map((line) => this.#tell(line)));
    this.#writeDown();
    return this.#due().length > 0;
  }

  #writeDown(): void {
    const { relays, env } = this.#data;
    const stored = relays.told();
    const moved = this.#all().filter((line) => line.confirmed && line.told > (stored.get(line.shard) ?? -1));
    if (moved.length === 0) return;
    env.sql.transaction(() => {
      for (const { shard, told } of moved) relays.putTold(shard, told);
    });
  }

  #due(): Line[] {
    const last = this.#data.begun?.roomPos ?? 0;
    return this.#all().filter((line) => line.told < Math.min(line.due, last));
  }

  #all(): Line[] {
    if (this.#data.begun === undefined) return [];
    const known = this.#lines;
    if (known !== undefined && !this.#stale) return [...known.values()];
    const { stays, relays, env } = this.#data;
    const told = relays.told();
    const lines = new Map<number, Line>();
    for (const { server, first, until } of stays.servers()) {
      const shard = env.actors.shardOf(server);
      const before = lines.get(shard);
      const due = Math.max(before?.due ?? 0, until ?? Infinity);
      const old = known?.get(shard);
      // A shard that had nobody here has missed nothing before the first of its servers came.
      const start = Math.min(before?.told ?? Infinity, old?.told ?? told.get(shard) ?? first - 1);
      if (old !== undefined) lines.set(shard, Object.assign(old, { due }));
      else lines.set(shard, { shard, server, told: start, confirmed: false, due, busy: false });
    }
    this.#stale = false;
    this.#lines = lines;
    return [...lines.values()];
  }

  /** One call at a time for each shard. Never rejects: what could not be told is told later. */
  async #tell(line: Line): Promise<void> {
    if (line.busy) return;
    line.busy = true;
    const { env, roomId } = this.#data;
    try {
      const { outbound } = env.actors.servers(line.server);
      for (let stuck = 0; stuck < STUCK_MAX;) {
        const { roomPos, epoch } = this.#data.head;
        const goal = Math.min(line.due, roomPos);
        if (line.confirmed && line.told >= goal) return;
        const to = Math.min(goal, line.told + BATCH);
        const asks = line.told >= goal;
        const news = asks ? [] : newsAfter(this.#data, line.shard, line.told, to);
        const { applied } = await outbound.apply(roomId, epoch, line.told, Math.max(to, line.told), news);
        stuck = applied > line.told || asks ? 0 : stuck + 1;
        line.told = Math.min(applied, roomPos);
        line.confirmed = true;
      }
      throw new Error('the shard does not go on');
    } catch (error) {
      env.log.warn('servers could not be told of a room', { shard: line.shard, error: String(error) });
    } finally {
      // In the same breath as the last look at the log: what is appended after it begins a new call.
      line.busy = false;
    }
  }
}
