// The Worker as workerd runs it by itself: with an object for blobs in the place of the bucket.
// oxlint-disable-next-line import/no-default-export -- the platform asks for a default export
export { default, HomeObject, RoomObject, ServersObject, UsersObject } from '../worker.ts';
export { BlobObject } from './blob-object.ts';
