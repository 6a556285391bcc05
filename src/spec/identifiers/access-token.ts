// Access tokens as text: opaque to clients, but the front reads from one which group of users to ask.

const FORM = /^hearth_([1-9]\d{0,8})_([A-Za-z0-9_-]{43})$/;

/** A token of a group from 32 random bytes in base64url. */
export function accessTokenText(group: number, secret: string): string {
  return `hearth_${group}_${secret}`;
}

/** The group that a token leads to; undefined for what is no token of ours. */
export function groupOfToken(token: string): number | undefined {
  const group = FORM.exec(token)?.[1];
  return group === undefined ? undefined : Number(group);
}
