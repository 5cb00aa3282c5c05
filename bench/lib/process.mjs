// What the system says of a process (proc(5)): `NaN` where it does not say.
import { readdirSync, readFileSync } from 'node:fs';

const NANOSECONDS = 1e9;
const MEBIBYTE_KIB = 1024;

/** @typedef {ReturnType<typeof usageOf>} Usage */

/**
 * What the process has used until now.
 *
 * @param {number} pid
 */
export function usageOf(pid) {
  const { bytesWritten, pageFaults } = countersOf(pid);
  return { cpuSeconds: cpuSecondsOf(pid), bytesWritten, pageFaults };
}

/**
 * @param {Usage} before
 * @param {Usage} after
 * @returns {Usage}
 */
export function usageBetween(before, after) {
  return {
    cpuSeconds: after.cpuSeconds - before.cpuSeconds,
    bytesWritten: after.bytesWritten - before.bytesWritten,
    pageFaults: after.pageFaults - before.pageFaults,
  };
}

/**
 * CPU time of all threads, to the nanosecond.
 *
 * @param {number} pid
 */
function cpuSecondsOf(pid) {
  try {
    const threads = readdirSync(`/proc/${pid}/task`);
    const times = threads.map((thread) => {
      return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
    });
    return times.reduce((sum, time) => sum + time, 0) / NANOSECONDS;
  } catch {
    return Number.NaN;
  }
}

/** @param {number} pid */
function countersOf(pid) {
  try {
    const io = readFileSync(`/proc/${pid}/io`, 'utf8');
    // proc_pid_stat(5): the name of the command, which may hold spaces, ends with the last parenthesis.
    const [, rest = ''] = /\) (.*)$/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? [];
    const fields = rest.split(' ');
    // To files and sockets. `write_bytes` would count whole folios of the page cache.
    const bytesWritten = Number(/^wchar: (\d+)/m.exec(io)?.[1]);
    return { bytesWritten, pageFaults: Number(fields[7]) + Number(fields[9]) };
  } catch {
    return { bytesWritten: Number.NaN, pageFaults: Number.NaN };
  }
}

/**
 * Resident memory in MiB: all of it, and without the pages of files that others have mapped too or that
 * the system may take back at any time.
 *
 * @param {number} pid
 */
export function memoryOf(pid) {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const read = (/** @type {string} */ name) =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1]) / MEBIBYTE_KIB;
  return { resident: read('Rss'), proportional: read('Pss'), own: read('Private_Dirty') };
}
