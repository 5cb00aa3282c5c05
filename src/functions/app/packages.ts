/**
 * Packages of functions as the vendor's upload had them: `node_modules.tar.gz` beside the functions. It is
 * unpacked once for each content, into a folder of the gateway's own.
 */
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import type { Parser, ReadEntry } from 'tar';
import { reasonOf } from '../../json-file.ts';

const FOLDER = 'node_modules';
const ARCHIVE = 'node_modules.tar.gz';
const MEBIBYTE = 2 ** 20;
/** Bytes of an archive; the vendor took 15 MB. */
const MAX_PACKED = 64 * MEBIBYTE;
/** Bytes of what is in it. */
const MAX_UNPACKED = 256 * MEBIBYTE;
/** Files and folders in it. */
const MAX_ENTRIES = 50_000;

const FILES: ReadonlySet<string> = new Set(['File', 'OldFile', 'ContiguousFile']);
/** Links are left out: npm's `.bin` consists of them, and no function needs it. */
const LINKS: ReadonlySet<string> = new Set(['Link', 'SymbolicLink']);

/**
 * The folder from which functions `require` packages: their own, or that of their unpacked archive if they
 * have no `node_modules`.
 *
 * @param directory of the functions.
 * @param packagesDir where archives are unpacked; `null`: it is only looked whether one could be.
 * @throws Error that says why the archive cannot be used. Nothing of it is unpacked then.
 */
export async function preparePackages(
  directory: string,
  packagesDir: string | null,
): Promise<string> {
  const archive = join(directory, ARCHIVE);
  if ((await isThere(join(directory, FOLDER))) || !(await isThere(archive))) return directory;
  const packed = await readArchive(archive);
  const target = join(packagesDir ?? '', createHash('sha256').update(packed).digest('hex'));
  if (packagesDir !== null && (await isThere(target))) return target;
  const content = await unzip(packed);
  await judge(content);
  if (packagesDir === null) return directory;
  try {
    await unpack(content, packagesDir, target);
  } catch (cause) {
    const why = `${ARCHIVE} cannot be unpacked into "${packagesDir}": ${reasonOf(cause)}`;
    throw new Error(why, { cause });
  }
  return target;
}

async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function readArchive(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size <= MAX_PACKED) return await readFile(path);
  } catch (cause) {
    throw new Error(`${ARCHIVE} cannot be read: ${reasonOf(cause)}`, { cause });
  }
  throw new Error(`${ARCHIVE} has more than ${MAX_PACKED / MEBIBYTE} MiB`);
}

async function unzip(packed: Buffer): Promise<Buffer> {
  try {
    return await promisify(gunzip)(packed, { maxOutputLength: MAX_UNPACKED });
  } catch (cause) {
    const isLarge = (cause as { code?: unknown }).code === 'ERR_BUFFER_TOO_LARGE';
    const why = isLarge
      ? `holds more than ${MAX_UNPACKED / MEBIBYTE} MiB`
      : 'is not compressed by gzip, or damaged';
    throw new Error(`${ARCHIVE} ${why}`, { cause });
  }
}

/** Fails if the archive holds what must not be unpacked. */
async function judge(content: Buffer): Promise<void> {
  const problems: string[] = [];
  let entries = 0;
  let packages = 0;
  const onReadEntry = (entry: ReadEntry) => {
    entry.resume();
    entries += 1;
    if (entries === MAX_ENTRIES + 1) problems.push(`holds more than ${MAX_ENTRIES} files`);
    if (isLeftOut(entry)) return;
    packages += 1;
    const isKnown = FILES.has(entry.type) || entry.type === 'Directory';
    if (!isKnown) problems.push('holds something that is neither file nor folder');
    if (!isInside(entry.path)) problems.push(`holds a path outside "${FOLDER}/"`);
  };
  // Loaded for an archive that has not been unpacked yet, and for nothing else.
  const { Parser } = await import('tar');
  try {
    await feed(new Parser({ onReadEntry, strict: true }), content);
  } catch (cause) {
    throw new Error(`${ARCHIVE} is damaged`, { cause });
  }
  if (packages === 0) problems.push(`holds no folder "${FOLDER}"`);
  const [first] = problems;
  if (first !== undefined) throw new Error(`${ARCHIVE} ${first}`);
}

/** Links, and what macOS puts beside each file. */
function isLeftOut({ path, type }: ReadEntry): boolean {
  return LINKS.has(type) || /(?:^|\/)\._[^/]*$/.test(path) || /^(?:\.\/)?$/.test(path);
}

function isInside(path: string): boolean {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return !path.startsWith('/') && parts[0] === FOLDER && !/(?:^|[/\\])\.\.(?:[/\\]|$)/.test(path);
}

/** Under another name first, so that a folder under its own name is whole. */
async function unpack(content: Buffer, packagesDir: string, target: string): Promise<void> {
  await mkdir(packagesDir, { recursive: true, mode: 0o700 });
  const { Unpack } = await import('tar');
  const folder = await mkdtemp(join(packagesDir, '.unpacking-'));
  try {
    const filter = (_: string, entry: unknown) => !isLeftOut(entry as ReadEntry);
    await feed(new Unpack({ cwd: folder, filter, strict: true, preserveOwner: false }), content);
    // Another gateway may have been quicker, with the same content.
    await rename(folder, target).catch(async (cause: unknown) => {
      if (!(await isThere(target))) throw cause;
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Sends an archive through a parser of `tar`. */
function feed(parser: Parser, content: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    parser.on('error', reject);
    parser.on('close', resolve);
    parser.end(content);
  });
}
