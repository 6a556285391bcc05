// The port conformance suite: what every runtime's adapters must do alike. The checks are plain functions without a test
// runner, so that one list runs on Node, inside a Durable Object and in the simulator.
import type { FrontEnv } from '../../src/ports/front-env.ts';
import type { ObjectEnv } from '../../src/ports/object-env.ts';

/** The world of one fresh object, without any rows; each check is given one of its own. */
export interface World {
  readonly env: Pick<ObjectEnv, 'owner' | 'sql' | 'clock' | 'random' | 'alarm' | 'durability'>;
  /** Another object, reached in the way in which this runtime's objects call each other. */
  readonly peer: PeerContract;
  /** Resolves when the object's `alarm()` is called for the `count`th time since it was made. */
  alarmed(count: number): Promise<void>;
}

export interface Check {
  readonly name: string;
  run(world: World): Promise<void>;
}

/** The world of the front, as the runtime hands it over; all checks share one, so each has keys of its own. */
export interface FrontWorld {
  readonly env: Pick<FrontEnv, 'clock' | 'random' | 'http' | 'blobs'>;
  /** Where the site of `site.ts` answers: `http://host:port`. */
  readonly site: string;
}

export interface FrontCheck {
  readonly name: string;
  run(world: FrontWorld): Promise<void>;
}

/** The contract of the object that is called; `Peer` implements it. */
export interface PeerContract {
  echo(value: PeerValue): Promise<PeerValue>;
  /** Answers the same array each time and keeps what it was last told in it: shows whether values are shared. */
  keep(value: readonly number[]): Promise<readonly number[]>;
  kept(): Promise<readonly number[]>;
  /** Throws a MatrixError of status 403, M_FORBIDDEN, `no`, with the extra member `soft: true`. */
  refuse(): Promise<void>;
  /** Throws an ordinary error. */
  breakDown(): Promise<void>;
  readonly part: PeerPart;
}

export interface PeerPart {
  twice(value: number): Promise<number>;
}

export type PeerValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | undefined
  | readonly PeerValue[]
  | { readonly [key: string]: PeerValue };
