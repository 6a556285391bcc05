// The command line of the house of notes.
import { runCommand } from '../../../../src/runtime/node/commands.ts';
import { notesHouse } from '../notes.ts';

await runCommand(notesHouse, process.argv.slice(2), process.env);
