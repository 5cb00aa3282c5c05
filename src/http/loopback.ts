/** Names and addresses of this machine that only this machine reaches. */
import { isIP } from 'node:net';

/** Whether the host, as configured or in a URL, is this machine's alone. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/i.test(host);
}

/** Whether the gateway answers for the value of a `Host` header. */
export type AnswersFor = (host: string) => boolean;

/**
 * For whom a gateway answers that listens to this machine only: `localhost` and the names below it, any address, and
 * the host of its public URL. Any other name is one that a stranger's DNS made an address of this machine of, so that
 * their page counts as ours (DNS rebinding).
 *
 * @returns `null` if it listens to others, too: for every name.
 */
export function hostsOf(host: string, publicUrl: string | undefined): AnswersFor | null {
  if (!isLoopback(host)) return null;
  const ownName = publicUrl === undefined ? undefined : new URL(publicUrl).hostname;
  return (value) => {
    const name = nameIn(value);
    return name === ownName || isIP(name) !== 0 || /^(?:.{1,253}\.)?localhost$/.test(name);
  };
}

/** The name or address in a `Host` header, without port, brackets and the dot of the root; in small letters. */
function nameIn(value: string): string {
  const name = value.toLowerCase().replace(/:\d{1,5}$/, '');
  if (name.startsWith('[')) return name.slice(1, -1);
  return name.endsWith('.') ? name.slice(0, -1) : name;
}
