/** Word of changes: the user of a session is another as soon as somebody changes the document. */
export { type FollowOptions, followChanges } from './follow-changes.ts';
