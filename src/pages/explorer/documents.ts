/** The tabs of the explorer: one operation each, with what belongs to it. */

/** What a tab has. */
export interface Tab {
  readonly id: string;
  readonly query: string;
  readonly variables: string;
  /** JSON of header names and values. They may be secret, so they are not kept over a reload. */
  readonly headers: string;
  /** Which of several operations is meant; `null`: the first. */
  readonly operationName: string | null;
}

/** The tabs, at least one, and which of them is shown. */
export interface Tabs {
  readonly tabs: readonly Tab[];
  readonly activeId: string;
}

/** More are not opened: a storage has 5 MB. */
export const MAX_TABS = 20;

/** What a first visit opens with. It runs at once, whoever asks. */
export const FIRST_QUERY = `# Ctrl-Enter runs the operation, Ctrl-Space says what may be written here.
# Log in beside this: the token then goes along by itself.

query WhoAmI {
  me {
    id
    customData
    customDataRevision
    customDataReadAt
    tokenExpiresAt
  }
}

# With a token, this writes to the caller's document.
mutation Write {
  writeCustomUserData(newCustomUserData: { favoriteColor: "blue" }) {
    customData
    user {
      customDataRevision
    }
  }
}
`;

/** Makes an id. `crypto.randomUUID` is not there on plain HTTP. */
export function createId(): string {
  return [...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16)).join('-');
}

/** Makes a tab. */
export function createTab(id: string, fields: Partial<Omit<Tab, 'id'>> = {}): Tab {
  return { id, query: '', variables: '', headers: '', operationName: null, ...fields };
}

/** The tab that is shown. */
export function activeTab({ tabs, activeId }: Tabs): Tab {
  return tabs.find(({ id }) => id === activeId) ?? (tabs[0] as Tab);
}

/** Changes the tab that is shown. */
export function changeActive(state: Tabs, fields: Partial<Omit<Tab, 'id'>>): Tabs {
  const { id: active } = activeTab(state);
  return {
    ...state,
    tabs: state.tabs.map((tab) => (tab.id === active ? { ...tab, ...fields } : tab)),
  };
}

/** Opens one more and shows it; if there are as many as there may be, nothing changes. */
export function openTab(state: Tabs, tab: Tab): Tabs {
  if (state.tabs.length >= MAX_TABS) return state;
  return { tabs: [...state.tabs, tab], activeId: tab.id };
}

/** Closes a tab and shows its neighbour. The last one stays. */
export function closeTab(state: Tabs, id: string): Tabs {
  if (state.tabs.length === 1) return state;
  const at = state.tabs.findIndex((tab) => tab.id === id);
  const tabs = state.tabs.filter((tab) => tab.id !== id);
  if (state.activeId !== id) return { ...state, tabs };
  return { tabs, activeId: (tabs[Math.max(0, at - 1)] as Tab).id };
}

/** What is kept over a reload. */
export function withoutHeaders({ tabs, activeId }: Tabs): Tabs {
  return { activeId, tabs: tabs.map((tab) => ({ ...tab, headers: '' })) };
}

/** Whether something that was kept is tabs. */
export function areTabs(value: unknown): value is Tabs {
  const { tabs, activeId } = (value ?? {}) as Partial<Tabs>;
  if (!Array.isArray(tabs) || tabs.length === 0 || tabs.length > MAX_TABS) return false;
  return tabs.every(isTab) && tabs.some(({ id }) => id === activeId);
}

function isTab(value: unknown): value is Tab {
  const { id, query, variables, headers, operationName } = (value ?? {}) as Partial<Tab>;
  const areTexts = [id, query, variables, headers].every((text) => typeof text === 'string');
  return areTexts && (operationName === null || typeof operationName === 'string');
}

const OPERATION_NAME = /\b(?:query|mutation|subscription)\s{1,100}([_A-Za-z]\w{0,99})/g;

/** The name of a tab: that of its operation. */
export function titleOf({ query, operationName }: Pick<Tab, 'query' | 'operationName'>): string {
  const names = [...query.matchAll(OPERATION_NAME)].map(([, name]) => name);
  const name = names.find((each) => each === operationName) ?? names[0];
  return name ?? (query.trim() === '' ? 'New' : 'Unnamed');
}
