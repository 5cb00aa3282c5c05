/** `console`: lines in the gateway's log. */
import { format } from 'node:util';
import type { HostLink } from '../host-link.ts';

/** Creates the `console` of functions. */
export function createConsole(link: HostLink): object {
  const line =
    (level: 'info' | 'warn' | 'error') =>
    (...values: unknown[]) =>
      link.log(level, format(...values));
  const info = line('info');
  const error = line('error');
  return { log: info, info, debug: info, trace: info, dir: info, warn: line('warn'), error };
}
