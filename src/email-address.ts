/**
 * What an e-mail address names: one mailbox, however it is spelled.
 *
 * A mailer corrects what is not quite an address, so `ada@example.com>` would reach Ada. Only what a
 * mailer passes on as it is may be registered or mailed.
 */
import { domainToASCII } from 'node:url';

/** RFC 5321 section 4.5.3.1.3: a path of 256 octets with its angle brackets. */
export const MAX_ADDRESS_BYTES = 254;
/**
 * A dot-atom (RFC 5322 section 3.2.3, RFC 6532) on both sides of one "@". Quoted local parts, comments and
 * groups are no addresses here, nor are domain literals.
 */
const ADDRESS = /^([^\s"(),:;<>@[\\\].\p{C}]+(?:\.[^\s"(),:;<>@[\\\].\p{C}]+)*)@([^\s@\p{C}]+)$/u;
/** Labels without a dot at an end. */
const HOST = /^[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;
/** Where a URL parser would see more than a host. */
const NO_HOST = /[\s#%/:<>?@[\\\]^|]/;
/** The two letters outside ASCII whose small form is in ASCII: another mailbox, not another case. */
const NOT_FOLDED = /[\u0130\u212a]/;

/** Whether a mail to this text goes to the mailbox that it says, and to that alone. */
export function isAddress(text: string): boolean {
  if (text.length > MAX_ADDRESS_BYTES || Buffer.byteLength(text) > MAX_ADDRESS_BYTES) return false;
  const domain = ADDRESS.exec(text)?.[2];
  if (domain === undefined) return false;
  const host = hostOf(domain);
  if (host === undefined || !HOST.test(host)) return false;
  // A URL parser makes an IPv4 address of numbers in many forms.
  return !isAscii(domain) || host === domain.toLowerCase();
}

/**
 * The one spelling of an address that stands for all that differ in case, or in how the domain is written.
 * Of a text that is no address it is one that differs from it in case at most.
 */
export function mailboxOf(address: string): string {
  if (address.length > MAX_ADDRESS_BYTES) return address;
  const at = address.lastIndexOf('@');
  if (at < 0) return foldCase(address);
  const domain = address.slice(at + 1);
  return `${foldCase(address.slice(0, at))}@${hostOf(domain) ?? foldCase(domain)}`;
}

/** The domain in ASCII and small letters, as mails are delivered by it (RFC 5891); absent if it is none. */
function hostOf(domain: string): string | undefined {
  if (NO_HOST.test(domain)) return undefined;
  return domainToASCII(domain) || undefined;
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}

/** Letter by letter: what is around a letter does not matter. */
function foldCase(text: string): string {
  return Array.from(text, (letter) =>
    NOT_FOLDED.test(letter) ? letter : letter.toLowerCase(),
  ).join('');
}
