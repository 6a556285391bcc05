// The bell between isolates: the front holds a WebSocket to the Users object while a /sync waits. The object's end is
// hibernatable, so that the object sleeps while nobody writes; a ring is one message, and any end of the socket counts as
// one. https://developers.cloudflare.com/durable-objects/best-practices/websockets/
import type {
  DurableObjectState,
  WebSocket as PlatformSocket,
  WebSocketPair as PlatformSocketPair,
} from '@cloudflare/workers-types';
import type { Bell, Listener, Listening } from '../../ports/bell.ts';
import type { ObjectNamespace } from './bindings.ts';
import { objectName } from './object-name.ts';

const RING = 'rung';
const USER_HEADER = 'hearth-user';
const OPEN = 1;

/** The platform's pair of connected sockets, which is no part of the web's own types. */
declare const WebSocketPair: typeof PlatformSocketPair;

/** The Users object's side. */
export class SocketBell implements Bell {
  readonly #ctx: DurableObjectState;

  constructor(ctx: DurableObjectState) {
    this.#ctx = ctx;
  }

  /** No wait for durability: the output gate holds a message until what was written before it is on disk. */
  ring(userIds: readonly string[]): void {
    for (const userId of userIds) {
      for (const socket of this.#ctx.getWebSockets(userId)) if (socket.readyState === OPEN) send(socket);
    }
  }
}

/** The object's answer to a front that wants to listen: an open socket, found again by the user's id after hibernation. */
export function acceptListener(ctx: DurableObjectState, request: Request): Response {
  const userId = request.headers.get(USER_HEADER);
  if (userId === null || request.headers.get('Upgrade') !== 'websocket') return new Response(null, { status: 400 });
  const pair = new WebSocketPair();
  ctx.acceptWebSocket(pair[1], [decodeURIComponent(userId)]);
  return new Response(null, { status: 101, webSocket: pair[0] } as ResponseInit);
}

/** The front's side. */
export class SocketListening implements Listening {
  readonly #users: ObjectNamespace;
  readonly #serverName: string;

  constructor(users: ObjectNamespace, serverName: string) {
    this.#users = users;
    this.#serverName = serverName;
  }

  async listen(group: number, userId: string): Promise<Listener> {
    const stub = this.#users.getByName(objectName(this.#serverName, String(group)));
    // Header values are ASCII; historical user ids need not be.
    const answer = await stub.fetch('https://users/bell', {
      headers: { Upgrade: 'websocket', [USER_HEADER]: encodeURIComponent(userId) },
    });
    const socket = answer.webSocket;
    if (!socket) throw new Error(`the Users object refused a listener with status ${answer.status}`);
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const end of ['message', 'close', 'error'] as const) socket.addEventListener(end, () => resolve());
    socket.accept();
    return {
      rung: promise,
      close: () => {
        resolve();
        close(socket);
      },
    };
  }
}

/** A socket that broke between the look and the send needs no ring: its end is one. */
function send(socket: PlatformSocket): void {
  try {
    socket.send(RING);
  } catch {
    close(socket);
  }
}

function close(socket: PlatformSocket): void {
  try {
    socket.close(1000);
  } catch {
    // It was closed already.
  }
}
