/**
 * Speed of our Extended JSON beside the library's, in one run.
 *
 * `npm run build && node bench/extended-json.mjs` prints operations a second and their ratio.
 */
import { performance } from 'node:perf_hooks';
import { stdout } from 'node:process';
import { EJSON } from 'bson';
import { convertSnapshot } from '../build/custom-data/convert-snapshot.js';
import { formatExtendedJson } from '../build/custom-data/extended-json-format.js';
import { parseExtendedJson } from '../build/custom-data/extended-json-parse.js';

const ROUNDS = 7;
const ROUND_MILLISECONDS = 200;
const BATCH = 50;

/** A profile of about 1.5 KB as a token carries it: numbers, dates, ids, nested lists. */
const claim = {
  _id: '62efedca3587e6e83c0fc675',
  userId: '63ed2dbe5960df2af7fd216e',
  name: 'Zoë Example',
  visits: { $numberInt: '42' },
  bytesUsed: { $numberLong: '3000000000' },
  rating: { $numberDouble: '4.5' },
  balance: { $numberDecimal: '10.20' },
  createdAt: { $date: { $numberLong: '1652297239913' } },
  settings: { theme: 'dark', volume: { $numberInt: '7' }, flags: [true, false, null] },
  friends: Array.from({ length: 8 }, (_, i) => ({ $oid: `62efedca3587e6e83c0fc6${10 + i}` })),
  events: Array.from({ length: 10 }, (_, i) => ({
    at: { $date: { $numberLong: String(1_652_297_239_913 + i) } },
    count: { $numberInt: String(i) },
    label: `event ${i}`,
  })),
};

/** Operations a second: the best of several rounds, which is the least disturbed one. */
function measure(run) {
  let best = 0;
  for (let round = 0; round < ROUNDS; round += 1) {
    const start = performance.now();
    let count = 0;
    let elapsed = 0;
    while (elapsed < ROUND_MILLISECONDS) {
      for (let i = 0; i < BATCH; i += 1) run();
      count += BATCH;
      elapsed = performance.now() - start;
    }
    best = Math.max(best, (count / elapsed) * 1000);
  }
  return best;
}

function compare(what, ours, theirs) {
  const [own, library] = [measure(ours), measure(theirs)];
  const format = (value) => Math.round(value).toLocaleString('en').padStart(9);
  const ratio = (own / library).toFixed(2);
  stdout.write(
    `${what.padEnd(34)} ${format(own)}/s  library ${format(library)}/s  ratio ${ratio}\n`,
  );
}

const document = EJSON.deserialize(claim, { relaxed: false });
const relax = (value) =>
  EJSON.serialize(EJSON.deserialize(value, { relaxed: false }), { relaxed: true });

compare(
  'parse canonical',
  () => parseExtendedJson(claim),
  () => EJSON.deserialize(claim, { relaxed: false }),
);
compare(
  'format canonical',
  () => formatExtendedJson(document, 'canonical'),
  () => EJSON.serialize(document, { relaxed: false }),
);
compare(
  'convert claim to RELAXED',
  () => convertSnapshot(claim, 'RELAXED'),
  () => relax(claim),
);
compare(
  'convert claim to PLAIN',
  () => convertSnapshot(claim, 'PLAIN'),
  () => relax(claim),
);
compare(
  'convert claim to CANONICAL',
  () => convertSnapshot(claim, 'CANONICAL'),
  () => relax(claim),
);
