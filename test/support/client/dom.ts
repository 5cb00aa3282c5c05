/** A page for React, in this process. Imported before React, which looks for one when it is loaded. */
import { Window } from 'happy-dom';
import type { hydrateRoot } from 'react-dom/client';

const window = new Window({ url: 'https://app.example/' });
const globals = { window, document: window.document, IS_REACT_ACT_ENVIRONMENT: true };
for (const [name, value] of Object.entries(globals)) {
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
}

/** An element of the page to draw in. */
export function createContainer() {
  return window.document.createElement('div') as unknown as {
    innerHTML: string;
    readonly textContent: string;
  } & Parameters<typeof hydrateRoot>[0];
}
