// `npm run hearth -- …`: what an operator does to a homeserver from the command line.
import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { type NewAccount, askToCreate } from './admin-socket.ts';
import { type Config } from './config-keys.ts';
import { ConfigError, configHelp, readConfig } from './config.ts';
import { failpoints, listFailpoints } from './failpoints.ts';
import { Homeserver, type House } from './homeserver.ts';
import { makeLog } from './logger.ts';
import { DirectoryInUse } from './process-lock.ts';
import { fs } from './builtin.ts';

const HELP = `Hearth's commands.

npm run hearth -- user add NAME [--password PASSWORD] [--admin] [settings]
  makes an account, whether the server is running or not; prints the password if none is given

Settings are those of the server; the ones that matter here are --data and --server-name:
`;

/** Runs one command; throws with words for the operator if it cannot be done. */
export async function command(house: House, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<string> {
  if (args.length === 0 || args.includes('--help')) return `${HELP}${configHelp()}`;
  if (args.length === 1 && args[0] === 'failpoints') return listFailpoints(environment);
  const { account, config, generated } = parseUserAdd(args, environment);
  fs.mkdirSync(config.data, { recursive: true, mode: 0o700 });
  try {
    await createDirectly(house, config, account, environment);
  } catch (error) {
    if (!(error instanceof DirectoryInUse)) throw error;
    await askToCreate(config.data, account);
  }
  return `@${account.localpart}:${config['server-name']}${account.admin ? ', an administrator,' : ''} has been made${generated ? `; the password is ${account.password}` : ''}`;
}

function parseUserAdd(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): { account: NewAccount; config: Config; generated: boolean } {
  if (args[0] !== 'user' || args[1] !== 'add')
    throw new ConfigError(`there is no command ${args.slice(0, 2).join(' ')} (see --help)`);
  const { tokens } = parseArgs({
    args: args.slice(2),
    strict: false,
    allowPositionals: true,
    tokens: true,
    options: { admin: { type: 'boolean' }, password: { type: 'string' } },
  });
  const settings: string[] = [];
  const names: string[] = [];
  let password: string | undefined;
  let admin = false;
  let pending = false;
  for (const token of tokens) {
    if (token.kind === 'option' && token.name === 'admin') admin = true;
    else if (token.kind === 'option' && token.name === 'password') password = token.value;
    else if (token.kind === 'option') {
      settings.push(token.value === undefined ? token.rawName : `${token.rawName}=${token.value}`);
      pending = token.value === undefined;
    } else if (token.kind === 'positional') {
      (pending ? settings : names).push(token.value);
      pending = false;
    }
  }
  const [localpart] = names;
  if (localpart === undefined || names.length !== 1) throw new ConfigError('user add takes one NAME (see --help)');
  const generated = password === undefined;
  return {
    account: { localpart, password: password ?? randomBytes(12).toString('base64url'), admin },
    config: readConfig(settings, environment),
    generated,
  };
}

/** Opens the data directory itself. Throws `DirectoryInUse` if a server has it. */
async function createDirectly(
  house: House,
  config: Config,
  account: NewAccount,
  environment: NodeJS.ProcessEnv,
): Promise<void> {
  const homeserver = new Homeserver(config, house, {
    log: makeLog('warn'),
    failpoint: failpoints(environment),
    copyCalls: false,
    broken: (error) => {
      console.error(`hearth: ${String(error)}`);
      process.exit(70);
    },
  });
  try {
    await homeserver.createUser(account);
  } finally {
    await homeserver.close();
  }
}

/** Runs the command of a process and ends it. */
export async function runCommand(house: House, args: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  try {
    console.log(await command(house, args, environment));
    process.exit(0);
  } catch (error) {
    console.error(`hearth: ${error instanceof Error ? error.message : String(error)}`);
    process.exit(1);
  }
}
