/** Files of a certificate and its key go in, what `node:https` needs comes out. */
import { readFile } from 'node:fs/promises';
import { createServer, type ServerOptions } from 'node:https';
import { createSecureContext } from 'node:tls';
import { servingError } from './errors.js';

export interface TlsFiles {
  /** file of the certificate and its chain, PEM */
  certificate: string;
  /** file of its private key, PEM */
  key: string;
}

/** @throws AUR_SERVING_CERTIFICATE when a file cannot be read or the two do not belong together */
export async function readCertificate({ certificate, key }: TlsFiles): Promise<{ cert: Buffer; key: Buffer }> {
  try {
    const pair = { cert: await readFile(certificate), key: await readFile(key) };
    createSecureContext(pair);
    return pair;
  } catch (cause) {
    const reason = (cause as Error).message;
    throw servingError('AUR_SERVING_CERTIFICATE', { certificate, key, reason }, { cause });
  }
}

/** @throws AUR_SERVING_CERTIFICATE */
export async function tlsOptions(tls: TlsFiles | undefined, serverOptions: ServerOptions) {
  if (!tls) return { serverOptions };
  return {
    createServer,
    serverOptions: { ...serverOptions, ...(await readCertificate(tls)), minVersion: 'TLSv1.2' as const },
  };
}
