// Tokens as text: opaque to clients, but the front reads from one which group of users to ask, and what it is for.

const FORM = /^hearth_([1-9]\d{0,8})_([A-Za-z0-9_-]{43})$/;
const OTHER_FORM = /^hearth_(refresh|login|openid)_([1-9]\d{0,8})_([A-Za-z0-9_-]{43})$/;

export type OtherToken = 'refresh' | 'login' | 'openid';

/** An access token of a group from 32 random bytes in base64url. */
export function accessTokenText(group: number, secret: string): string {
  return `hearth_${group}_${secret}`;
}

/** The group that an access token leads to; undefined for what is no access token of ours. */
export function groupOfToken(token: string): number | undefined {
  const group = FORM.exec(token)?.[1];
  return group === undefined ? undefined : Number(group);
}

/** A token for another purpose. */
export function otherTokenText(kind: OtherToken, group: number, secret: string): string {
  return `hearth_${kind}_${group}_${secret}`;
}

/** The group that a token of a kind leads to; undefined for what is none. */
export function groupOfOtherToken(kind: OtherToken, token: string): number | undefined {
  const [, found, group] = OTHER_FORM.exec(token) ?? [];
  return found === kind ? Number(group) : undefined;
}
