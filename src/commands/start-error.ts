/** What an operator is told of a gateway that does not start. */
import type { Config } from '../config.ts';
import { describeError } from './command-line.ts';

/** What the system says of an address, with the variable to change. */
export function describeStartError(
  error: unknown,
  { host, port }: Pick<Config, 'host' | 'port'>,
): string {
  const code = (error as { readonly code?: unknown } | null)?.code;
  if (code === 'EADDRINUSE') return `PORT ${port} of ${host} is in use by another process`;
  if (code === 'EACCES') return `PORT ${port} needs rights that this process does not have`;
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND') {
    return `HOST "${host}" is no address of this machine`;
  }
  if (code === 'EAI_AGAIN') return `HOST "${host}" cannot be looked up`;
  return describeError(error);
}
