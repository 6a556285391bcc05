// An endpoint is one value: what it is called in the specification, where it is, who may call it, what it takes, and what it
// does. Router, body checks, authentication and the table of what is done are read from these values.
import type * as v from 'valibot';
import type { Federation } from '../federation/federation.ts';
import type { Authenticated } from '../ports/contracts/users-accounts.ts';
import type { FrontEnv } from '../ports/front-env.ts';
import type { Json, JsonObject } from '../spec/json.ts';
import type { KnownGroups } from './known-groups.ts';
import type { RequestLimits } from './request-limits.ts';
import type { RateLimit } from '../spec/rate-limits/classes.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

interface About {
  /** The operation's id in the specification's OpenAPI; for what is not the specification's, a name of ours. */
  readonly operationId: string;
  /** Further operations of the specification that have the same method and path. */
  readonly alsoOperationIds?: readonly string[];
  readonly method: Method;
  /** As in the specification, `{name}` for a parameter; further spellings that clients use after it. */
  readonly path: string;
  readonly alsoPaths?: readonly string[];
  /** Where the specification describes it. */
  readonly spec: string;
  /** What a request counts as, for each who asks. */
  readonly rateLimit: RateLimit;
  /** The shape of the body, if it has one. Members that are not named are let through. */
  readonly body?: v.GenericSchema<unknown, object>;
  /** The shape of the answer with status 200. Tests hold every answer to it; a running server does not look. */
  readonly answer: v.GenericSchema;
  /** Instead of a `body`: the fields of a form that a browser sends; others are left out. */
  readonly form?: readonly string[];
  /** An empty body stands for `{}`. */
  readonly emptyBody?: boolean;
  /** The body becomes (part of) an event, in which numbers are integers. */
  readonly integersOnly?: boolean;
  readonly maxBodyBytes?: number;
}

export interface OpenEndpoint extends About {
  readonly auth: 'none';
  handle(call: Call): Promise<Reply>;
}

export interface UserEndpoint extends About {
  readonly auth: 'user';
  /** Whether guests may call it. https://spec.matrix.org/v1.19/client-server-api/#guest-access */
  readonly guests?: true;
  handle(call: UserCall): Promise<Reply>;
}

/** For other servers, who sign what they ask. https://spec.matrix.org/v1.19/server-server-api/#request-authentication */
export interface ServerEndpoint extends About {
  readonly auth: 'server';
  /** For a long body: the lists that it consists of, with the most members of each, and the most characters of a member. */
  readonly lists?: { readonly most: ReadonlyMap<string, number>; readonly longest: number };
  handle(call: ServerCall): Promise<Reply>;
}

export type Endpoint = OpenEndpoint | UserEndpoint | ServerEndpoint;

/** A request as a handler sees it: checked as far as the endpoint says what to check. */
export interface Call {
  readonly env: FrontEnv;
  readonly endpoint: Endpoint;
  readonly groups: KnownGroups;
  readonly limits: Pick<RequestLimits, 'attempt'>;
  readonly federation: Federation;
  /** Path parameters, decoded once. */
  param(name: string): string;
  readonly query: URLSearchParams;
  /** The body, `{}` if there is none. Its shape is the endpoint's `body`. */
  readonly body: JsonObject;
  /** The method and path, for what is bound to one operation. */
  readonly operation: string;
  readonly address: string;
  readonly userAgent: string | undefined;
  readonly gone: AbortSignal | undefined;
}

export interface UserCall extends Call {
  readonly by: Authenticated;
  /** For who has waited: throws 401 M_UNKNOWN_TOKEN or M_USER_LOCKED if the session has ended meanwhile. */
  again(): Promise<Authenticated>;
}

export interface ServerCall extends Call {
  /** The server whose signature of this very request was checked. */
  readonly origin: string;
  /** The text that `body` was read of; empty without one. */
  readonly bodyText: string;
  /** The members of the endpoint's `lists`, each exactly as it came. */
  texts(list: string): readonly string[];
}

/** `json` is written as it is; `text` is JSON already; `html` is a page, with the Content-Security-Policy that it needs. */
export type Reply =
  | { readonly status?: number; readonly json: Json }
  | { readonly status?: number; readonly text: string }
  | { readonly status?: number; readonly html: string; readonly policy: string };

export const EMPTY_REPLY: Reply = { json: {} };
