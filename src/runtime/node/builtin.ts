// Node's own modules, not by `import`: that reads everything that they export, and so loads what nobody here uses (of node:http
// the WebSocket client, 7 MB; of node:fs the reading of lines, 4 MB). What only some servers use comes when it is used.

export const { createServer, request } = process.getBuiltinModule('node:http');
export const fs = process.getBuiltinModule('node:fs');
export const https = () => process.getBuiltinModule('node:https');
export const tls = () => process.getBuiltinModule('node:tls');
