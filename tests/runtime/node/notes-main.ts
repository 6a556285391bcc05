// A process that serves the house of notes, for tests that end processes.
import { serve } from '../../../src/runtime/node/serve.ts';
import { notesHouse } from './notes.ts';

await serve(notesHouse, process.argv.slice(2), process.env);
