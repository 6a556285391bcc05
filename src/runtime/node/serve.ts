// A homeserver as a process: it listens, says so, and ends in order when it is told to.
import { AdminSocket } from './admin-socket.ts';
import { tlsOf } from './certificates.ts';
import type { Config } from './config-keys.ts';
import { ConfigError, configHelp, readConfig } from './config.ts';
import { failpoints, isStrict } from './failpoints.ts';
import { Homeserver, type House } from './homeserver.ts';
import { HttpServer } from './http-server.ts';
import { makeLog } from './logger.ts';
import { DirectoryInUse } from './process-lock.ts';
import { spareMemory } from './spare-memory.ts';

/** Exit codes: 1 for what the operator can put right, 70 for a failure after which nothing in memory can be trusted. */
const EXIT_BROKEN = 70;
const DRAIN_MS = 10_000;

/** Runs a homeserver until the process is told to end. */
export async function serve(house: House, flags: readonly string[], environment: NodeJS.ProcessEnv): Promise<void> {
  if (flags.includes('--help')) {
    console.log(`Hearth, a Matrix homeserver.\n\nnpm start -- [settings]\n\n${configHelp()}`);
    return;
  }
  try {
    await run(house, readConfig(flags, environment), environment);
  } catch (error) {
    if (error instanceof ConfigError || error instanceof DirectoryInUse) console.error(`hearth: ${error.message}`);
    else console.error(`hearth: cannot start: ${error instanceof Error ? error.stack : String(error)}`);
    process.exit(1);
  }
}

async function run(house: House, config: Config, environment: NodeJS.ProcessEnv): Promise<void> {
  const failpoint = failpoints(environment);
  const log = makeLog(config['log-level']);
  const broken = (error: unknown): void => {
    log.error('the disk or a thread failed; ending at once, because what is in memory cannot be trusted', {
      error: String(error),
    });
    process.exit(EXIT_BROKEN);
  };
  process.on('uncaughtException', broken);
  process.on('unhandledRejection', (error) => {
    log.error('something failed where nobody waited for it', {
      error: error instanceof Error ? error.stack : String(error),
    });
  });
  const tls = tlsOf(config);
  const homeserver = new Homeserver(config, house, { log, failpoint, broken, copyCalls: isStrict(environment) });
  const server = new HttpServer({
    handler: homeserver.handler,
    gate: homeserver.data.gate,
    shown: homeserver.shown,
    held: () => homeserver.data.checkpoints.held,
    log,
    failpoint,
    trustedProxies: config['trusted-proxies'],
  });
  const admin = new AdminSocket(config.data, homeserver, log);
  await admin.listen();
  const port = await server.listen(config.listen, config.port);
  const tlsPort = tls ? await server.listen(config.listen, config['tls-port'], tls) : undefined;
  homeserver.start();
  spareMemory();
  announce(config, port, tlsPort);

  let ending = false;
  const end = (signal: NodeJS.Signals): void => {
    if (ending) return;
    ending = true;
    log.info('ending', { signal });
    Promise.all([server.stop(DRAIN_MS), admin.stop()])
      .then(() => homeserver.close())
      .then(() => process.exit(0), broken);
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
}

function announce(config: Config, port: number, tlsPort: number | undefined): void {
  const host = config.listen.includes(':') ? `[${config.listen}]` : config.listen;
  console.log(
    `Hearth serves ${config['server-name']} on http://${host}:${port}${tlsPort === undefined ? '' : ` and https://${host}:${tlsPort}`}`,
  );
  console.log('Make an account: npm run hearth -- user add NAME --admin');
}
