/** What a process of functions says on its standard error before it ends, for the gateway to tell why it did. */

/** The watchdog ends it. */
export const MEMORY_IS_USED_UP = 'The memory of the function is used up';

/** The function itself does. */
export const KILLS_ITSELF = 'The function sends itself a signal';
