// What the signature of a request covers: method, target, both names, and the body as the value that was read of it.
// https://spec.matrix.org/v1.19/server-server-api/#request-authentication
import { canonicalJson, lenientCanonicalJson } from '../spec/canonical-json.ts';
import type { Json } from '../spec/json.ts';

export interface SignedRequest {
  readonly method: string;
  /** The raw target: path and query, exactly as they are sent. */
  readonly uri: string;
  readonly origin: string;
  /** Undefined if the sender named none. */
  readonly destination: string | undefined;
  /** Undefined if there is no body. */
  readonly content: Json | undefined;
  /** Instead of `content`: its canonical JSON. */
  readonly contentText?: string;
}

/**
 * The text to sign. Events of room versions 1 to 5 may hold numbers that are no integers, so the body is written leniently;
 * it throws `NotCanonicalError` for what has no JSON form at all.
 */
export function requestText({ method, uri, origin, destination, content, contentText }: SignedRequest): string {
  const members = [
    ...(contentText === undefined ? [] : [`"content":${contentText}`]),
    ...(content === undefined ? [] : [`"content":${lenientCanonicalJson(content)}`]),
    ...(destination === undefined ? [] : [`"destination":${canonicalJson(destination)}`]),
    `"method":${canonicalJson(method)}`,
    `"origin":${canonicalJson(origin)}`,
    `"uri":${canonicalJson(uri)}`,
  ];
  return `{${members.join(',')}}`;
}
