/** The explorer. */
import { render } from 'preact';
import '../shared/style.css';

render(
  <main>
    <h1>Explorer</h1>
  </main>,
  document.body,
);
