// The names of Durable Objects begin with the homeserver's, so that several homeservers can share a namespace. A server
// name has no slash in it.

/** `name` is the room id, the group number as text, or empty. */
export function objectName(serverName: string, name: string): string {
  return `${serverName}/${name}`;
}

/** The object's own part of its name. */
export function nameOf(objectName: string): string {
  return objectName.slice(objectName.indexOf('/') + 1);
}
