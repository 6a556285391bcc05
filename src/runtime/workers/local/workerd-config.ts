// The configuration of workerd, the platform's open runtime: one Worker with its objects on the local disk, and sockets.
// https://github.com/cloudflare/workerd/blob/main/src/workerd/server/workerd.capnp
import { COMPATIBILITY_DATE, COMPATIBILITY_FLAGS } from './bundle.ts';

export interface WorkerdConfig {
  /** The bundle, beside the configuration. */
  readonly script: string;
  /** Binding and class of each kind of object; each has a directory of its own, named for ever by `key`. */
  readonly objects: readonly { readonly binding: string; readonly className: string; readonly key: string }[];
  /** An absolute path. */
  readonly objectsDirectory: string;
  /** `host:port`. */
  readonly http: string;
  readonly https: { readonly address: string; readonly certificate: string; readonly key: string } | undefined;
  /** PEM certificates of one more authority for outgoing requests. */
  readonly authority: string | undefined;
  /** Whether outgoing requests may go to private and loopback addresses. */
  readonly privateAddresses: boolean;
  /** Variables that the Worker is given from the process's environment, so that no secret stands in the file. */
  readonly variables: readonly string[];
}

/** The configuration as text in Cap'n Proto's language. */
export function workerdConfig(config: WorkerdConfig): string {
  const { https } = config;
  const sockets = [`(name = "http", address = ${text(config.http)}, http = ${HTTP}, service = "hearth")`];
  if (https) {
    const pair = `(privateKey = ${text(https.key)}, certificateChain = ${text(https.certificate)})`;
    sockets.push(
      `(name = "https", address = ${text(https.address)}, https = (options = ${HTTP}, tlsOptions = (keypair = ${pair})), service = "hearth")`,
    );
  }
  const authorities = config.authority === undefined ? '' : `, trustedCertificates = [${text(config.authority)}]`;
  const allowed = config.privateAddresses ? '"public", "private", "local"' : '"public"';
  const bindings = [
    ...config.objects.map(
      ({ binding, className }) => `(name = ${text(binding)}, durableObjectNamespace = ${text(className)})`,
    ),
    ...config.variables.map((name) => `(name = ${text(name)}, fromEnvironment = ${text(name)})`),
  ];
  const namespaces = config.objects.map(
    ({ className, key }) => `(className = ${text(className)}, uniqueKey = ${text(key)}, enableSql = true)`,
  );
  return `using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "hearth", worker = .hearth),
    (name = "objects", disk = (path = ${text(config.objectsDirectory)}, writable = true)),
    (name = "internet", network = (allow = [${allowed}], tlsOptions = (trustBrowserCas = true${authorities}))),
  ],
  sockets = [
    ${sockets.join(',\n    ')},
  ],
);

const hearth :Workerd.Worker = (
  modules = [(name = "worker.js", esModule = embed ${text(config.script)})],
  compatibilityDate = ${text(COMPATIBILITY_DATE)},
  compatibilityFlags = [${COMPATIBILITY_FLAGS.map(text).join(', ')}],
  durableObjectStorage = (localDisk = "objects"),
  durableObjectNamespaces = [
    ${namespaces.join(',\n    ')},
  ],
  bindings = [
    ${bindings.join(',\n    ')},
  ],
);
`;
}

/** Nobody but the platform may say whom a request comes from, and here there is no platform before us. */
const HTTP = '(injectRequestHeaders = [(name = "CF-Connecting-IP")])';

/** A text literal. JSON's escapes are a part of Cap'n Proto's, but for `\u`, which none of our texts needs. */
function text(value: string): string {
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0008\u000b-\u001f\u007f]/.test(value.replaceAll('\r', '')))
    throw new Error('a control character stands in a setting');
  return JSON.stringify(value);
}
