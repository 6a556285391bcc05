// Whether two ids belong to one server. https://spec.matrix.org/v1.19/appendices/#common-identifier-format
import { serverOf } from '../spec/identifiers/user-id.ts';

/** Whether both ids (of users, or of rooms and events where these have servers) name the same server; false if one names none. */
export function isSameServer(one: string, other: string): boolean {
  const server = serverOf(one);
  return server !== '' && server === serverOf(other);
}
