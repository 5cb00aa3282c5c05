/** The explorer: the page that a browser gets at `/`. */
import { render } from 'preact';
import '../shared/style.css';
import './explorer.css';
import { App } from './app.tsx';
import { createModel } from './model.ts';

const model = createModel();
render(<App model={model} />, document.body);
void model.loadSchema();
