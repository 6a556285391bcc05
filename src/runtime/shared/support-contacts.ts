// The setting that names who answers for this server: entries with commas between, each a role and then a user id, an e-mail
// address or both. https://spec.matrix.org/v1.19/client-server-api/#getwell-knownmatrixsupport
import type { SupportContact } from '../../ports/settings.ts';
import { isUserId } from '../../spec/identifiers/user-id.ts';

const EMAIL = /^[^\s@]+@[^\s@]+$/;

/** Throws with what would have been right. */
export function supportContacts(text: string): readonly SupportContact[] {
  return text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '')
    .map(contact);
}

function contact(entry: string): SupportContact {
  const [role = '', ...addresses] = entry.split(/\s+/);
  const matrixId = addresses.find((address) => isUserId(address));
  const emailAddress = addresses.find((address) => EMAIL.test(address) && address !== matrixId);
  const known = [matrixId, emailAddress].filter((address) => address !== undefined).length;
  if (!/^[a-z][a-z0-9._-]*$/.test(role) || known === 0 || known !== addresses.length)
    throw new Error('each contact must be a role with a user id, an e-mail address or both');
  return { role, matrixId, emailAddress };
}
