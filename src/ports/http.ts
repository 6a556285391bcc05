// The HTTP door, both ways. Requests keep their raw target, because path parameters are decoded once after splitting and
// because X-Matrix signs the target as it was sent. https://spec.matrix.org/v1.19/client-server-api/#api-standards

export interface HttpRequest {
  readonly method: string;
  /** Path and query exactly as they came, beginning with `/`. */
  readonly target: string;
  /** A header's value by its lower-case name; several fields of one name are joined by `, `. */
  header(name: string): string | undefined;
  /** Reads the whole body once; rejects with a 413 `MatrixError` as soon as it is longer than `maxBytes`. */
  body(maxBytes: number): Promise<Uint8Array>;
  /** The client's address for rate limits and device lists; behind a trusted proxy, what the proxy says. */
  readonly address: string;
  /** Aborted when the client has gone, so that a long poll ends. */
  readonly gone: AbortSignal | undefined;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | Uint8Array | ReadableStream<Uint8Array> | undefined;
}

export type HttpHandler = (request: HttpRequest) => Promise<HttpAnswer>;

/** The one guarded outbound client: the address dialled is checked, bytes and time are bounded, redirects are answers. */
export interface HttpClient {
  /** Rejects if there is no whole answer within the bounds; what the other side has done by then is unknown. */
  send(request: OutboundRequest): Promise<OutboundAnswer>;
}

export interface OutboundRequest {
  readonly method: string;
  /** Of `http` or `https`; others are refused. */
  readonly url: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Uint8Array | undefined;
  /** The longest body that is taken; a longer one is an error and is not read to its end. */
  readonly maxAnswerBytes: number;
  /** For the whole call: name, connection, request and the last byte of the answer. */
  readonly timeoutMs: number;
}

export interface OutboundAnswer {
  readonly status: number;
  /** A header's value by its lower-case name; several fields of one name are joined by `, `. */
  header(name: string): string | undefined;
  readonly body: Uint8Array;
}
