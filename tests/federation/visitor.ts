// What a scripted server does in a room of a Hearth's: it comes in by the handshake, and then makes events of its own.
import { authEventsFor } from '../../src/authorization/selection.ts';
import { readPdu } from '../../src/events/read-pdu.ts';
import { roomVersion } from '../../src/events/room-versions.ts';
import { hashAndSignEvent } from '../../src/events/sign-event.ts';
import type { JsonObject } from '../../src/spec/json.ts';
import type { ScriptedServer, ServerAnswer } from './scripted-server.ts';

export type Handshake = 'join' | 'leave' | 'knock';

export interface Submission {
  readonly eventId: string;
  readonly text: string;
}

const VERSIONS = Array.from({ length: 12 }, (_, n) => String(n + 1));
export const encoded = encodeURIComponent;

/** One user of a scripted server (`evil.test`), and a Hearth (`to`) whose room is visited. */
export class Visitor {
  readonly server: ScriptedServer;
  readonly to: string;
  readonly userId: string;
  version = '';
  /** The room's state as the join was answered, by type and state key, and then as the visitor knows it. */
  readonly state = new Map<string, JsonObject>();
  #depth = 0;
  #events = 0;
  #latest: readonly string[] = [];

  constructor(server: ScriptedServer, to: string, localpart = 'eve') {
    this.server = server;
    this.to = to;
    this.userId = `@${localpart}:${server.name}`;
  }

  make(handshake: Handshake, roomId: string, userId = this.userId, versions = VERSIONS): Promise<ServerAnswer> {
    const query =
      handshake === 'leave' || versions.length === 0 ? '' : `?${versions.map((version) => `ver=${version}`).join('&')}`;
    const target = `/_matrix/federation/v1/make_${handshake}/${encoded(roomId)}/${encoded(userId)}${query}`;
    return this.server.ask(this.to, 'GET', target);
  }

  /** What an honest server makes of a template, with members of other values. */
  complete({ json }: ServerAnswer, changes: JsonObject = {}, signer = this.server.signer): Submission {
    this.version = String(json['room_version']);
    const { origin: _origin, ...template } = json['event'] as JsonObject;
    return this.#made({ ...template, ...changes }, signer);
  }

  submit(handshake: Handshake, roomId: string, { eventId, text }: Submission): Promise<ServerAnswer> {
    const version = handshake === 'knock' ? 'v1' : 'v2';
    const target = `/_matrix/federation/${version}/send_${handshake}/${encoded(roomId)}/${encoded(eventId)}`;
    return this.server.ask(this.to, 'PUT', target, text);
  }

  /** Both steps; throws unless both succeed. */
  async shake(handshake: Handshake, roomId: string): Promise<Submission & { readonly answer: ServerAnswer }> {
    const made = await this.make(handshake, roomId);
    if (made.status !== 200) throw new Error(`make_${handshake}: ${made.status} ${JSON.stringify(made.json)}`);
    const submission = this.complete(made);
    const answer = await this.submit(handshake, roomId, submission);
    if (answer.status !== 200) throw new Error(`send_${handshake}: ${answer.status} ${JSON.stringify(answer.json)}`);
    for (const event of (answer.json['state'] ?? []) as JsonObject[]) this.#learn(event);
    this.#follow(JSON.parse(submission.text) as JsonObject, submission.eventId);
    return { ...submission, answer };
  }

  join(roomId: string) {
    return this.shake('join', roomId);
  }

  /** An event of the visitor's, after what it knows last. */
  event(roomId: string, type: string, content: JsonObject, more: JsonObject = {}): Submission {
    const version = roomVersion(this.version)!;
    const stateKey = more['state_key'] as string | undefined;
    const wish = { type, sender: this.userId, content, stateKey };
    const authEvents = authEventsFor(wish, version).flatMap((wanted) => {
      const event = this.state.get(placeOf(wanted.type, wanted.stateKey));
      return event === undefined ? [] : [idOf(event, this.version)];
    });
    const made = this.#made({
      type,
      content,
      room_id: roomId,
      sender: this.userId,
      prev_events: this.#latest,
      auth_events: authEvents,
      depth: this.#depth + 1,
      origin_server_ts: 1_700_000_000_000,
      ...more,
    });
    this.#follow(JSON.parse(made.text) as JsonObject, made.eventId);
    return made;
  }

  message(roomId: string, body: string): Submission {
    return this.event(roomId, 'm.room.message', { msgtype: 'm.text', body });
  }

  /** Asks for something that is read. */
  get(path: string): Promise<ServerAnswer> {
    return this.server.ask(this.to, 'GET', `/_matrix/federation/v1/${path}`);
  }

  missing(roomId: string, body: JsonObject): Promise<ServerAnswer> {
    const target = `/_matrix/federation/v1/get_missing_events/${encoded(roomId)}`;
    return this.server.ask(this.to, 'POST', target, JSON.stringify(body));
  }

  #made(event: JsonObject, signer = this.server.signer): Submission {
    const version = roomVersion(this.version)!;
    const named =
      version.eventId === 'carried' ? { event_id: `$${++this.#events}:${this.server.name}`, ...event } : event;
    const signed = hashAndSignEvent(named, version, signer);
    return { eventId: idOf(signed, this.version), text: JSON.stringify(signed) };
  }

  #learn(event: JsonObject): void {
    this.state.set(placeOf(String(event['type']), String(event['state_key'])), event);
  }

  #follow(event: JsonObject, eventId: string): void {
    if (event['state_key'] !== undefined) this.#learn(event);
    this.#depth = Number(event['depth']);
    this.#latest = [eventId];
  }
}

export function idOf(event: JsonObject, version: string): string {
  const reading = readPdu(event, roomVersion(version)!);
  return reading.ok ? reading.pdu.eventId : `$unreadable: ${reading.reason}`;
}

const placeOf = (type: string, stateKey: string): string => JSON.stringify([type, stateKey]);
