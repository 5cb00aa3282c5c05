// Made by `custom-user-data schema types --client`. Do not edit.
export interface CustomData {
  /** What others call the user. */
  readonly nickname?: string;
  readonly theme?: 'light' | 'dark';
  readonly language?: 'en-US' | 'de' | 'pt-BR';
  /** What the user pays for. Users may not write it. */
  readonly plan?: string;
}

export interface NewCustomUserData {
  /** What others call the user. */
  readonly nickname?: string | null;
  readonly theme?: 'light' | 'dark' | null;
  readonly language?: 'en-US' | 'de' | 'pt-BR' | null;
}

declare module 'custom-user-data-client' {
  interface Register {
    readonly customData: CustomData;
    readonly newCustomUserData: NewCustomUserData;
  }
}
