/**
 * What MongoDB 5 and newer answer to commands, where servers that speak its protocol are known to
 * differ. `server-answers.test.ts` puts the table to the server of the run, a real one if there is one,
 * and `ferretdb-answers.test.ts` to FerretDB.
 */
import type { AnswerCase } from './answers/answer-case.ts';
import { CONFLICTS, INDEXES } from './answers/indexes.cases.ts';
import { NOT_FOUND, QUERIES } from './answers/queries.cases.ts';
import { INSERTS, UPDATES, UPSERTS } from './answers/writes.cases.ts';

/** The table. */
export const ANSWER_CASES: readonly AnswerCase[] = [
  ...NOT_FOUND,
  ...INDEXES,
  ...CONFLICTS,
  ...INSERTS,
  ...UPDATES,
  ...UPSERTS,
  ...QUERIES,
  {
    what: 'a query: an unknown operator in a missing collection',
    command: { find: 'c', filter: { a: { $notAnOperator: 1 } } },
    code: 2,
    ferret: 'ok',
  },
];
