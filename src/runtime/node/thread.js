// A thread's first file, for the same reason as start.js: runs the module that `argv` names with the cache of compiled modules.
import { useCompiled } from './compiled.js';

useCompiled();
await import(process.argv[2] ?? '');
