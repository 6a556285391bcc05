// The Worker: the module that `wrangler.jsonc` and the local server name. Its classes are the Durable Objects.
import type { DurableObjectState } from '@cloudflare/workers-types';
import { makeFront } from '../../api/front.ts';
import type { Bindings } from './bindings.ts';
import { entryOf } from './entry.ts';
import { homeKind, roomKind, serversKind, usersKind } from './house.ts';
import { ObjectHost } from './object-host.ts';

export class RoomObject extends ObjectHost {
  constructor(ctx: DurableObjectState, bindings: Bindings) {
    super(roomKind, ctx, bindings);
  }
}

export class UsersObject extends ObjectHost {
  constructor(ctx: DurableObjectState, bindings: Bindings) {
    super(usersKind, ctx, bindings);
  }
}

export class HomeObject extends ObjectHost {
  constructor(ctx: DurableObjectState, bindings: Bindings) {
    super(homeKind, ctx, bindings);
  }
}

export class ServersObject extends ObjectHost {
  constructor(ctx: DurableObjectState, bindings: Bindings) {
    super(serversKind, ctx, bindings);
  }
}

// oxlint-disable-next-line import/no-default-export -- the platform asks for a default export
export default entryOf(makeFront);
