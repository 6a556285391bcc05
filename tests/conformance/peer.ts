// The object that conformance checks call.
import { MatrixError } from '../../src/spec/errors.ts';
import type { PeerContract, PeerPart, PeerValue } from './world.ts';

export class Peer implements PeerContract {
  readonly part: PeerPart = new Doubling();
  #kept: readonly number[] = [];

  async echo(value: PeerValue): Promise<PeerValue> {
    return value;
  }

  async keep(value: readonly number[]): Promise<readonly number[]> {
    this.#kept = value;
    return this.#kept;
  }

  async kept(): Promise<readonly number[]> {
    return this.#kept;
  }

  async refuse(): Promise<void> {
    throw new MatrixError(403, 'M_FORBIDDEN', 'no', { soft: true });
  }

  async breakDown(): Promise<void> {
    throw new Error('broken');
  }
}

class Doubling implements PeerPart {
  async twice(value: number): Promise<number> {
    return value * 2;
  }
}
