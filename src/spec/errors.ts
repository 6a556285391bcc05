// The standard error response. https://spec.matrix.org/v1.19/client-server-api/#standard-error-response
import type { Json, JsonObject } from './json.ts';

/** Every error code that the client-server, server-server and application service APIs name. */
export type ErrorCode =
  | 'M_APPSERVICE_LOGIN_UNSUPPORTED'
  | 'M_BAD_ALIAS'
  | 'M_BAD_JSON'
  | 'M_BAD_STATE'
  | 'M_BAD_STATUS'
  | 'M_CANNOT_LEAVE_SERVER_NOTICE_ROOM'
  | 'M_CANNOT_OVERWRITE_MEDIA'
  | 'M_CAPTCHA_INVALID'
  | 'M_CAPTCHA_NEEDED'
  | 'M_CONNECTION_FAILED'
  | 'M_CONNECTION_TIMEOUT'
  | 'M_DUPLICATE_ANNOTATION'
  | 'M_EXCLUSIVE'
  | 'M_FORBIDDEN'
  | 'M_GUEST_ACCESS_FORBIDDEN'
  | 'M_INCOMPATIBLE_ROOM_VERSION'
  | 'M_INVALID_PARAM'
  | 'M_INVALID_ROOM_STATE'
  | 'M_INVALID_SIGNATURE'
  | 'M_INVALID_USERNAME'
  | 'M_INVITE_BLOCKED'
  | 'M_KEY_TOO_LARGE'
  | 'M_LIMIT_EXCEEDED'
  | 'M_MISSING_PARAM'
  | 'M_MISSING_TOKEN'
  | 'M_NOT_FOUND'
  | 'M_NOT_JSON'
  | 'M_NOT_YET_UPLOADED'
  | 'M_PROFILE_TOO_LARGE'
  | 'M_RESOURCE_LIMIT_EXCEEDED'
  | 'M_ROOM_IN_USE'
  | 'M_SERVER_NOT_TRUSTED'
  | 'M_THREEPID_AUTH_FAILED'
  | 'M_THREEPID_DENIED'
  | 'M_THREEPID_IN_USE'
  | 'M_THREEPID_MEDIUM_NOT_SUPPORTED'
  | 'M_THREEPID_NOT_FOUND'
  | 'M_TOO_LARGE'
  | 'M_UNABLE_TO_AUTHORISE_JOIN'
  | 'M_UNABLE_TO_GRANT_JOIN'
  | 'M_UNAUTHORIZED'
  | 'M_UNKNOWN'
  | 'M_UNKNOWN_DEVICE'
  | 'M_UNKNOWN_TOKEN'
  | 'M_UNRECOGNIZED'
  | 'M_UNSUPPORTED_ROOM_VERSION'
  | 'M_URL_NOT_SET'
  | 'M_USER_DEACTIVATED'
  | 'M_USER_IN_USE'
  | 'M_USER_LIMIT_EXCEEDED'
  | 'M_USER_LOCKED'
  | 'M_USER_SUSPENDED'
  | 'M_WEAK_PASSWORD'
  | 'M_WRONG_ROOM_KEYS_VERSION';

/** A refusal in the words of the specification: `status` is HTTP's, `extra` stands beside `errcode` and `error`. */
export class MatrixError extends Error {
  readonly status: number;
  readonly errcode: ErrorCode;
  readonly extra: Readonly<Record<string, Json>>;

  constructor(status: number, errcode: ErrorCode, message: string, extra: Readonly<Record<string, Json>> = {}) {
    super(message);
    this.name = 'MatrixError';
    this.status = status;
    this.errcode = errcode;
    this.extra = extra;
  }

  /** The body of the answer. */
  toJson(): JsonObject {
    return { ...this.extra, errcode: this.errcode, error: this.message };
  }
}

export function forbidden(message = 'You may not do that.'): MatrixError {
  return new MatrixError(403, 'M_FORBIDDEN', message);
}

export function notFound(message = 'Not found.'): MatrixError {
  return new MatrixError(404, 'M_NOT_FOUND', message);
}

/** The body is JSON, but not what the endpoint asks for. */
export function badJson(message: string): MatrixError {
  return new MatrixError(400, 'M_BAD_JSON', message);
}

/** The body is not JSON at all. */
export function notJson(message = 'The body is not valid JSON.'): MatrixError {
  return new MatrixError(400, 'M_NOT_JSON', message);
}

export function missingParam(message: string): MatrixError {
  return new MatrixError(400, 'M_MISSING_PARAM', message);
}

export function invalidParam(message: string): MatrixError {
  return new MatrixError(400, 'M_INVALID_PARAM', message);
}

/** No such endpoint (404) or no such method on it (405). */
export function unrecognized(status: 404 | 405 = 404): MatrixError {
  return new MatrixError(status, 'M_UNRECOGNIZED', status === 405 ? 'Unrecognised method.' : 'Unrecognised request.');
}

export function missingToken(): MatrixError {
  return new MatrixError(401, 'M_MISSING_TOKEN', 'Missing access token.');
}

/** `softLogout` tells the client that its device is still there and only the token has ended. */
export function unknownToken(softLogout = false): MatrixError {
  return new MatrixError(401, 'M_UNKNOWN_TOKEN', 'Unknown access token.', softLogout ? { soft_logout: true } : {});
}

/** https://spec.matrix.org/v1.19/client-server-api/#account-locking */
export function userLocked(): MatrixError {
  return new MatrixError(401, 'M_USER_LOCKED', 'This account has been locked.', { soft_logout: true });
}

/** https://spec.matrix.org/v1.19/client-server-api/#account-suspension */
export function userSuspended(): MatrixError {
  return new MatrixError(403, 'M_USER_SUSPENDED', 'You cannot perform this action while suspended.');
}

/** https://spec.matrix.org/v1.19/client-server-api/#guest-access */
export function guestForbidden(message = 'Guests may not do that.'): MatrixError {
  return new MatrixError(403, 'M_GUEST_ACCESS_FORBIDDEN', message);
}

export function unauthorized(message: string): MatrixError {
  return new MatrixError(401, 'M_UNAUTHORIZED', message);
}

export function tooLarge(message: string): MatrixError {
  return new MatrixError(413, 'M_TOO_LARGE', message);
}

/** `retryAfterMs` is also what the Retry-After header should say, in seconds rounded up. */
export function limitExceeded(retryAfterMs: number): MatrixError {
  return new MatrixError(429, 'M_LIMIT_EXCEEDED', 'Too many requests.', { retry_after_ms: Math.ceil(retryAfterMs) });
}

export function unsupportedRoomVersion(version: string): MatrixError {
  return new MatrixError(400, 'M_UNSUPPORTED_ROOM_VERSION', `Room version ${version} is not supported.`);
}

/** A remote server asked to take part in a room whose version it does not know, or the other way round. */
export function incompatibleRoomVersion(version: string): MatrixError {
  return new MatrixError(400, 'M_INCOMPATIBLE_ROOM_VERSION', `The room has version ${version}.`, {
    room_version: version,
  });
}

/** `status` 500 unless an endpoint asks for M_UNKNOWN with another. */
export function unknownError(message = 'Internal error.', status = 500): MatrixError {
  return new MatrixError(status, 'M_UNKNOWN', message);
}
