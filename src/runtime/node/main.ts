// `npm start`: a homeserver on this machine.
import { house } from './house.ts';
import { serve } from './serve.ts';

await serve(house, process.argv.slice(2), process.env);
