/** What FerretDB answers: where it differs from MongoDB, the table says how. */
import { expect, test } from '@jest/globals';
import { answerTo, prepare, useDatabase } from '../../support/mongodb/answers/answer-to.ts';
import { describeStatements } from '../../support/mongodb/answers/statements-suite.ts';
import { ANSWER_CASES } from '../../support/mongodb/server-answers.cases.ts';
import { describeOnFerret } from '../../support/mongodb/test-uri.ts';

describeOnFerret('FerretDB', (uri) => {
  const database = useDatabase(uri);

  test.each(ANSWER_CASES)(
    'answers as its line in the table says: $what',
    async ({ before, command, code, ferret }) => {
      await prepare(database(), before);
      expect(await answerTo(database(), command)).toBe(ferret ?? code);
    },
  );

  describeStatements(uri);
});
