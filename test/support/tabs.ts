/** Tabs of a browser, and what each sends to the gateway. */
import type { BrowserContext, Page } from 'playwright-core';

/** Tabs that share storage, as those of one user do. */
export interface Tabs {
  readonly open: () => Promise<Page>;
  /** Root fields that the tab has asked for since the last call. */
  readonly takeSent: (tab: Page) => string[];
}

/** Opens tabs at `address`. */
export function createTabs(context: BrowserContext, address: string): Tabs {
  const sent = new Map<Page, string[]>();
  return {
    async open() {
      const tab = await context.newPage();
      const fields: string[] = [];
      sent.set(tab, fields);
      tab.on('request', (request) => {
        const body = request.method() === 'POST' ? request.postDataJSON() : null;
        const field = /\{\s*(?:\w+:\s*)?(\w+)/.exec(body?.query ?? '')?.[1];
        if (field !== undefined) fields.push(field);
      });
      await tab.goto(address);
      return tab;
    },
    takeSent: (tab) => sent.get(tab)?.splice(0) ?? [],
  };
}
