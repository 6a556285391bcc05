// What other servers read of a room. https://spec.matrix.org/v1.19/server-server-api/#retrieving-events
import type { Pdu } from '../../events/pdu.ts';
import { breath } from '../../ports/clock.ts';
import type { FoundByTime } from '../../ports/contracts/room-relations.ts';
import type { PduText, RoomServing } from '../../ports/contracts/room-serving.ts';
import { forbidden, notFound } from '../../spec/errors.ts';
import { eventByTime } from '../reading/by-time.ts';
import type { RoomData } from '../room-data.ts';
import type { StoredEvent } from '../stored-event.ts';
import { backwardsFrom, between } from './ancestors.ts';
import { authChainIds } from './auth-chain.ts';
import { pduText } from './pdu-text.ts';
import { demandAllowed } from './server-acl.ts';
import { ServerView } from './server-view.ts';

/** Events in one answer to /backfill or /get_missing_events. */
const EVENTS_MAX = 100;
/** A call holds less than 1 MB. */
const TEXTS_MAX = 800_000;
/** Events read by one statement: as many as are in memory then. */
const READ_AT_ONCE = 50;
/** Ids that one answer may name before others have a turn. */
const AT_ONCE = 500;

export class Serving implements RoomServing {
  readonly #data: RoomData;

  constructor(data: RoomData) {
    this.#data = data;
  }

  async checkAcl(server: string): Promise<void> {
    demandAllowed(this.#data, server);
  }

  async event(server: string, eventId: string): Promise<PduText> {
    const event = this.#data.begun === undefined ? undefined : this.#data.byId(eventId);
    // The list does not cover this read: it names no room. Who is kept out is still told what they may see.
    const shown = event === undefined ? undefined : new ServerView(this.#data, server).shown(event);
    if (shown === undefined) throw notFound('There is no such event.');
    return pduText(shown);
  }

  async stateIds(
    server: string,
    eventId: string,
  ): Promise<{ readonly stateIds: readonly string[]; readonly authChainIds: readonly string[] }> {
    const event = this.#seen(this.#admit(server), eventId);
    const stateIds: string[] = [];
    const numbers = this.#data.states.all(event.rootBefore);
    for (let at = 0; at < numbers.length; at += AT_ONCE) {
      if (at > 0) await breath(this.#data.env.clock);
      for (const { pdu } of this.#data.many(numbers.slice(at, at + AT_ONCE))) stateIds.push(pdu.eventId);
    }
    return { stateIds, authChainIds: await authChainIds(this.#data, stateIds) };
  }

  async events(
    server: string,
    eventIds: readonly string[],
  ): Promise<{ readonly pdus: readonly PduText[]; readonly taken: number }> {
    const view = this.#admit(server);
    const pdus: string[] = [];
    let size = 0;
    let taken = 0;
    for (const [index, eventId] of eventIds.entries()) {
      if (index % READ_AT_ONCE === 0) this.#data.loadIds(eventIds.slice(index, index + READ_AT_ONCE));
      const event = this.#data.byId(eventId);
      const text = event === undefined || event.verdict === 'rejected' ? '' : pduText(this.#told(view, event));
      size += text.length;
      if (size > TEXTS_MAX && pdus.length > 0) break;
      taken += 1;
      if (text !== '') pdus.push(text);
    }
    return { pdus, taken };
  }

  async authChainIds(server: string, eventId: string): Promise<readonly string[]> {
    const view = this.#admit(server);
    const event = this.#data.byId(eventId);
    if (event === undefined || view.shown(event) === undefined) throw notFound('There is no such event.');
    return authChainIds(this.#data, [eventId]);
  }

  async backfill(server: string, eventIds: readonly string[], limit: number): Promise<readonly PduText[]> {
    const view = this.#admit(server);
    return inOneCall(
      backwardsFrom(this.#data, eventIds, Math.min(limit, EVENTS_MAX)).flatMap((event) => inPlace(view, event)),
    );
  }

  async missingEvents(server: string, gap: Parameters<RoomServing['missingEvents']>[1]): Promise<readonly PduText[]> {
    const view = this.#admit(server);
    const found = between(this.#data, { ...gap, limit: Math.min(gap.limit, EVENTS_MAX) });
    // Those next to `latest` are the ones that an answer cut short must hold.
    return inOneCall(found.flatMap((event) => inPlace(view, event))).toReversed();
  }

  async eventByTime(server: string, ts: number, direction: 'b' | 'f'): Promise<FoundByTime> {
    const view = this.#admit(server);
    const { clock } = this.#data.env;
    const found = await eventByTime(this.#data, view, this.#data.head.roomPos, ts, direction, () => breath(clock));
    if (found === undefined) throw notFound('There is no such event.');
    return { eventId: found.pdu.eventId, originServerTs: found.pdu.originServerTs };
  }

  /** Throws 403 M_FORBIDDEN. */
  #admit(server: string): ServerView {
    if (this.#data.begun === undefined) throw forbidden('Your server is not in this room.');
    demandAllowed(this.#data, server);
    const view = new ServerView(this.#data, server);
    view.demandKnown();
    return view;
  }

  /** An event with a state that the server may know. Throws 404 M_NOT_FOUND, and 403 M_FORBIDDEN. */
  #seen(view: ServerView, eventId: string): StoredEvent {
    const event = this.#data.byId(eventId);
    // Of an outlier nobody here knows the state.
    if (event === undefined || event.verdict === 'rejected' || event.outlier) throw notFound('There is no such event.');
    if (!view.sees(event)) throw forbidden('Your server may not see the state at this event.');
    return event;
  }

  /** State and auth events are told whole to whoever was told their ids. */
  #told(view: ServerView, event: StoredEvent): Pdu {
    return this.#data.erasures.shown(event, () => view.wasThere(event));
  }
}

function inPlace(view: ServerView, event: StoredEvent): string[] {
  const shown = view.shownInPlace(event);
  return shown === undefined ? [] : [pduText(shown)];
}

/** As many from the front as a call holds. */
function inOneCall(texts: readonly string[]): string[] {
  let size = 0;
  return texts.filter((text) => (size += text.length) <= TEXTS_MAX);
}
