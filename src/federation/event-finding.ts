// Finds the room of an event that another server asks for by its id alone, among the rooms which that server is or was in.
// https://spec.matrix.org/v1.19/server-server-api/#get_matrixfederationv1eventeventid
import type { FrontEnv } from '../ports/front-env.ts';
import { MatrixError, notFound } from '../spec/errors.ts';

/** Rooms that are asked, those in which something was sent lately first. */
const ROOMS_ASKED = 50;
/** Events whose rooms are remembered; a server asks for what it was sent a moment ago. */
const REMEMBERED = 10_000;

export class EventFinder {
  readonly #env: Pick<FrontEnv, 'actors'>;
  /** Only where to look first: an id may be in several rooms, and each room decides for itself. */
  readonly #rooms = new Map<string, string>();

  constructor(env: Pick<FrontEnv, 'actors'>) {
    this.#env = env;
  }

  /** The event as the server may see it. Throws 404 M_NOT_FOUND. */
  async find(server: string, eventId: string): Promise<string> {
    const { outbound } = this.#env.actors.servers(server);
    const remembered = this.#rooms.get(eventId);
    const first = remembered === undefined ? undefined : await this.#ask(remembered, server, eventId);
    if (first !== undefined) return first;
    for (const roomId of await outbound.roomsWith(server, ROOMS_ASKED)) {
      const found = roomId === remembered ? undefined : await this.#ask(roomId, server, eventId);
      if (found === undefined) continue;
      this.#remember(eventId, roomId);
      return found;
    }
    throw notFound('There is no such event.');
  }

  async #ask(roomId: string, server: string, eventId: string): Promise<string | undefined> {
    try {
      return await this.#env.actors.room(roomId).serving.event(server, eventId);
    } catch (error) {
      if (error instanceof MatrixError && error.status < 500) return undefined;
      throw error;
    }
  }

  #remember(eventId: string, roomId: string): void {
    if (this.#rooms.size >= REMEMBERED) this.#rooms.clear();
    this.#rooms.set(eventId, roomId);
  }
}
