// Everything that one object is given of the world. Objects of one kind differ only in `owner` and `name`.
import type { Actors } from './actors.ts';
import type { Alarm } from './alarm.ts';
import type { Bell } from './bell.ts';
import type { Clock } from './clock.ts';
import type { Durability } from './durability.ts';
import type { Log } from './log.ts';
import type { Random } from './random.ts';
import type { Runner } from './runner.ts';
import type { Settings } from './settings.ts';
import type { Sql } from './sql.ts';

export interface ObjectEnv {
  /** The object's key in every table: its own integer on Node, where all objects share one file; 1 in a Durable Object. */
  readonly owner: number;
  /** The room id, the number of the group or shard as text, or the empty string. */
  readonly name: string;
  readonly settings: Settings;
  readonly sql: Sql;
  readonly clock: Clock;
  readonly random: Random;
  readonly alarm: Alarm;
  readonly durability: Durability;
  readonly actors: Actors;
  readonly bell: Bell;
  readonly runner: Runner;
  readonly log: Log;
  /** A place where the simulator and test builds may stop the world; does nothing in production. */
  failpoint(name: string): void;
}

/** What a runtime needs of an object besides its contract. */
export interface LivingObject {
  /** The object's alarm has come. Never throws; arms again what is left to do. */
  alarm(): Promise<void>;
}
