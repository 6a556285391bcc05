// The canonical JSON of an event's members, made once. Three texts are cut from it: the whole event (its size), the event
// without hashes (the content hash), and the redacted event (signatures and the reference hash).
// https://spec.matrix.org/v1.19/server-server-api/#signing-events
import {
  canonicalJson,
  canonicalMember,
  canonicalString,
  lenientCanonicalJson,
  sortedKeys,
} from '../spec/canonical-json.ts';
import type { JsonObject } from '../spec/json.ts';
import { redactContent } from './redaction.ts';
import type { RoomVersion } from './room-version.ts';

const NOT_IN_CONTENT_HASH: readonly string[] = ['hashes', 'signatures', 'unsigned'];

export class EventText {
  readonly #event: JsonObject;
  readonly #version: RoomVersion;
  /** Name and `"name":value`, in canonical order. */
  readonly #members: readonly (readonly [name: string, text: string])[];

  /** Throws `NotCanonicalError` if the event has no canonical form that its room version accepts. */
  constructor(event: JsonObject, version: RoomVersion) {
    this.#event = event;
    this.#version = version;
    const members: [string, string][] = [];
    // From room version 3 on an `event_id` is no part of an event; one that was sent along nevertheless counts for nothing.
    const carried = version.eventId === 'carried';
    for (const name of sortedKeys(event)) {
      if (event[name] === undefined || (name === 'event_id' && !carried)) continue;
      members.push([name, `${canonicalString(name)}:${canonicalMember(event, name, !version.strictCanonicalJson)}`]);
    }
    this.#members = members;
  }

  /** The whole event, signatures and `unsigned` included. */
  whole(): string {
    return this.#join(() => true);
  }

  /** What the content hash is made over. */
  hashed(): string {
    return this.#join((name) => !NOT_IN_CONTENT_HASH.includes(name));
  }

  /** The redacted event without signatures: what is signed, and what the reference hash is made over. */
  signed(): string {
    const { topLevel } = this.#version.redaction;
    return this.#join(
      (name) => name !== 'signatures' && topLevel.includes(name),
      redactContent(this.#event, this.#version),
    );
  }

  #write(content: JsonObject): string {
    return this.#version.strictCanonicalJson ? canonicalJson(content) : lenientCanonicalJson(content);
  }

  #join(wanted: (name: string) => boolean, content?: JsonObject): string {
    const rewritten = content !== undefined && content !== this.#event['content'];
    let text = '{';
    let separator = '';
    for (const [name, memberText] of this.#members) {
      if (!wanted(name)) continue;
      text += separator + (rewritten && name === 'content' ? `"content":${this.#write(content)}` : memberText);
      separator = ',';
    }
    return `${text}}`;
  }
}
