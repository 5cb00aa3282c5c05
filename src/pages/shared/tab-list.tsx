/** Tabs, by the pattern of WAI-ARIA: arrows go from one to the next, and one of them is a stop of the Tab key. */
import { useRef } from 'preact/hooks';

/** A tab, and the id of what it shows. */
export interface TabItem<Id extends string> {
  readonly id: Id;
  readonly label: string;
}

interface TabListProps<Id extends string> {
  readonly label: string;
  readonly tabs: readonly TabItem<Id>[];
  readonly active: Id;
  readonly onChoose: (id: Id) => void;
  /** Id of the element that the tabs show one after the other. */
  readonly panel: string;
}

/** How far a key goes; `NaN`: it is no key of tabs. */
const STEPS: Readonly<Record<string, number>> = { ArrowLeft: -1, ArrowRight: 1 };

/** Shows the tabs. The element `panel` is labelled by the active one: `tabId(panel, active)`. */
export function TabList<Id extends string>({
  label,
  tabs,
  active,
  onChoose,
  panel,
}: TabListProps<Id>) {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const at = tabs.findIndex(({ id }) => id === active);
    const ends: Record<string, number> = { Home: 0, End: tabs.length - 1 };
    const step = STEPS[event.key];
    const next = step === undefined ? ends[event.key] : (at + step + tabs.length) % tabs.length;
    const tab = next === undefined ? undefined : tabs[next];
    if (tab === undefined) return;
    event.preventDefault();
    onChoose(tab.id);
    list.current?.querySelector<HTMLElement>(`[id="${tabId(panel, tab.id)}"]`)?.focus();
  };
  return (
    <div role="tablist" aria-label={label} class="tabs" ref={list} onKeyDown={onKeyDown}>
      {tabs.map(({ id, label: text }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={tabId(panel, id)}
          aria-selected={id === active}
          aria-controls={panel}
          tabIndex={id === active ? 0 : -1}
          onClick={() => onChoose(id)}
        >
          {text}
        </button>
      ))}
    </div>
  );
}

/** The id of a tab, by which what it shows is labelled. */
export function tabId(panel: string, id: string): string {
  return `${panel}-tab-${id}`;
}
