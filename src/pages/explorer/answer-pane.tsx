/** What the gateway answered to the operation that is shown. */
import { json } from '@codemirror/lang-json';
import { Act } from '../shared/act.tsx';
import { CodeEditor } from '../shared/code-editor.tsx';
import { Empty, Failed, Loading } from '../shared/states.tsx';
import { useStore } from '../shared/store.ts';
import { activeTab } from './documents.ts';
import type { Model } from './model.ts';
import type { Answer } from './send.ts';

const LANGUAGE = json();
const PROBLEM_STATUS = 400;

/** Shows it. What was answered before stays until there is something else. */
export function AnswerPane({ model }: { readonly model: Model }) {
  const { id } = activeTab(useStore(model.tabs));
  const answer = useStore(model.answers).get(id);
  const isRunning = useStore(model.running).has(id);
  const isFollowing = answer?.kind === 'answer' && answer.results !== undefined;
  return (
    <section class="pane answer" aria-labelledby="answer-heading" aria-busy={isRunning}>
      <h2 id="answer-heading">Answer</h2>
      {answer === undefined && !isRunning && (
        <Empty title="No answer yet">
          <p>
            <Act type="button" onClick={() => void model.run()}>
              Run the operation
            </Act>
          </p>
        </Empty>
      )}
      {isRunning && <Loading what={isFollowing ? 'Listening' : 'Waiting for the answer'} />}
      {answer !== undefined && <Shown answer={answer} onRetry={() => void model.run()} />}
    </section>
  );
}

function Shown({ answer, onRetry }: { readonly answer: Answer; readonly onRetry: () => void }) {
  if (answer.kind === 'failure') {
    return <Failed what="The operation was not answered" error={answer} onRetry={onRetry} />;
  }
  const { milliseconds, results, size, status, text } = answer;
  return (
    <>
      <p class="facts">
        <span class={status >= PROBLEM_STATUS ? 'problem' : ''}>Status {status}</span>
        {results !== undefined && <span>Result {results}</span>}
        <span>{milliseconds.toFixed(0)} ms</span>
        <span>{size.toLocaleString()} characters</span>
      </p>
      <div class="editor-panel">
        <CodeEditor label="Answer, as JSON" value={text} extensions={LANGUAGE} />
      </div>
    </>
  );
}
