/** The files of the pages that have scripts, as `npm run build` left them in `dist/pages`. */
import { readdir, readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FastifyInstance } from 'fastify';
import { packageFile } from '../package-files.ts';

const BUILT = packageFile('dist/pages/');
const TYPES: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
};
/** Codings that files are there in, the best first, and how the file is named then. */
const CODINGS = [
  ['br', '.br'],
  ['gzip', '.gz'],
] as const;

/** File names of a page below `/assets/`. */
export interface BuiltPage {
  readonly script: string;
  readonly style: string;
}

/** Every page, by name; those that mails lead to have no script. */
interface PageFiles {
  readonly explorer: BuiltPage;
  readonly email: Pick<BuiltPage, 'style'>;
}

/** The pages that were built. What is there is read once; what is not is looked for again. */
export interface BuiltPages {
  /** Where their files are. */
  readonly assets: URL;
  /** Resolves with what the pages consist of; `null`: they have not been built. */
  read(): Promise<PageFiles | null>;
  /** Resolves with the names of their files. */
  names(): Promise<ReadonlySet<string>>;
}

/** Opens them. */
export function openBuiltPages(directory: URL = BUILT): BuiltPages {
  const assets = new URL('assets/', directory);
  let pages: PageFiles | null = null;
  let names: ReadonlySet<string> | null = null;
  return {
    assets,
    async read() {
      pages ??= await unlessMissing(async () =>
        JSON.parse(await readFile(new URL('pages.json', directory), 'utf8')),
      );
      return pages;
    },
    async names() {
      names ??= await unlessMissing(async () => new Set(await readdir(assets)));
      return names ?? new Set();
    },
  };
}

async function unlessMissing<T>(read: () => Promise<T>): Promise<T | null> {
  try {
    return await read();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

/** Adds `/assets/*`. Names have a hash of what is in the file, so that a browser may keep it for ever. */
export function useAssets(server: FastifyInstance, built: BuiltPages): void {
  server.get<{ Params: { readonly name: string } }>('/assets/:name', async (request, reply) => {
    const { name } = request.params;
    const type = TYPES[extname(name)];
    const there = await built.names();
    if (type === undefined || !there.has(name)) return reply.callNotFound();
    const accepted = acceptedCodings(request.headers['accept-encoding']);
    const [coding, suffix] = CODINGS.find(([each]) => accepted.has(each)) ?? [null, ''];
    if (coding !== null) void reply.header('content-encoding', coding);
    return reply
      .type(type)
      .headers({
        'cache-control': 'public, max-age=31536000, immutable',
        'cross-origin-resource-policy': 'same-origin',
        vary: 'accept-encoding',
      })
      .send(await readFile(fileURLToPath(new URL(`${name}${suffix}`, built.assets))));
  });
}

/** RFC 9110 section 12.5.3, of codings that are named. */
function acceptedCodings(header: string | string[] | undefined): ReadonlySet<string> {
  const items = [header ?? []].flat().flatMap((value) => value.toLowerCase().split(','));
  const isRefused = (weight: string) => /^q=0(?:\.0{0,3})?$/.test(weight.trim());
  return new Set(
    items.flatMap((item) => {
      const [coding = '', ...weights] = item.split(';');
      return weights.some(isRefused) ? [] : [coding.trim()];
    }),
  );
}
