// `npm run hearth -- …`, by name.
import { runCommand } from './commands.ts';
import { house } from './house.ts';

await runCommand(house, process.argv.slice(2), process.env);
