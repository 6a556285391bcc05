// Synapse with SQLite, for comparison, if $SYNAPSE names a Python environment that has it:
// python3 -m venv DIR && DIR/bin/pip install matrix-synapse==1.163.2
import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { Start } from './measured.ts';

const FREE = { per_second: 100_000, burst_count: 100_000 };

export const synapse: Start = ({ folder, port, authority }) => {
  const environment = process.env['SYNAPSE'];
  if (environment === undefined) throw new Error('SYNAPSE must name a Python environment that has Synapse');
  const file = (name: string): string => join(folder, name);
  spawnSync(join(environment, 'bin/generate_signing_key'), ['-o', file('signing.key')]);
  writeFileSync(file('log.yaml'), JSON.stringify({ version: 1, root: { level: 'WARNING' } }));
  // YAML reads JSON.
  writeFileSync(file('homeserver.yaml'), JSON.stringify({ ...settings(file, port), ...federationSettings(authority) }));
  return {
    command: join(environment, 'bin/python'),
    parts: ['-m', 'synapse.app.homeserver', '--config-path', file('homeserver.yaml')],
    environment: {},
  };
};

/** Alone, or with servers on loopback that nobody limits. */
function federationSettings(authority: string | undefined): object {
  if (authority === undefined) return { federation_domain_whitelist: [] };
  const rc_federation = { window_size: 1000, sleep_limit: 1e6, sleep_delay: 1, reject_limit: 1e6, concurrent: 100 };
  return { federation_custom_ca_list: [authority], ip_range_blacklist: [], rc_federation };
}

function settings(file: (name: string) => string, port: number): object {
  return {
    server_name: 'localhost',
    listeners: [
      {
        port,
        bind_addresses: ['127.0.0.1'],
        type: 'http',
        resources: [{ names: ['client', 'federation'], compress: false }],
      },
    ],
    database: { name: 'sqlite3', args: { database: file('homeserver.db') } },
    log_config: file('log.yaml'),
    signing_key_path: file('signing.key'),
    media_store_path: file('media'),
    pid_file: file('pid'),
    macaroon_secret_key: randomBytes(16).toString('hex'),
    form_secret: randomBytes(16).toString('hex'),
    report_stats: false,
    trusted_key_servers: [],
    enable_registration: true,
    enable_registration_without_verification: true,
    bcrypt_rounds: 4,
    presence: { enabled: false },
    // Or a repeated /sync would be answered from a cache.
    caches: { sync_response_cache_duration: '0s' },
    rc_message: FREE,
    rc_registration: FREE,
    rc_login: { address: FREE, account: FREE, failed_attempts: FREE },
    rc_joins: { local: FREE, remote: FREE },
    rc_joins_per_room: FREE,
    rc_invites: { per_room: FREE, per_user: FREE, per_issuer: FREE },
    rc_room_creation: FREE,
  };
}
