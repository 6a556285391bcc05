// node:http, not by `import`: that would read everything that it exports, and so load the WebSocket client that nobody here
// uses, 7 MB of it.
export const { createServer, request } = process.getBuiltinModule('node:http');
