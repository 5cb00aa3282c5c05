/**
 * Cursors of a user's history.
 *
 * A number would tell how many entries are not shown, which hidden fields forbid, and invite guessing.
 * So the user id (12 bytes) and the number (4 bytes) are one encrypted block of AES-256: the same cursor
 * for the same entry, nothing readable in it, and a forged or foreign one does not open to the user's id.
 */
import { createCipheriv, createDecipheriv, hkdfSync } from 'node:crypto';
import { badInput } from '../../errors.ts';

/** Makes and opens cursors. */
export type Cursors = ReturnType<typeof createCursors>;

/** ECB is the cipher itself; there is one block only. */
const CIPHER = 'aes-256-ecb';
const KEY_BYTES = 32;
const BLOCK_BYTES = 16;
const USER_ID_BYTES = 12;
const INVALID = '"after" is no cursor of this history';

/** Creates cursors under a key derived from `secret`. User ids are 24 hex digits. */
export function createCursors(secret: Uint8Array) {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'custom-data-history-cursor', KEY_BYTES));
  return {
    seal(userId: string, sequence: number) {
      const block = Buffer.alloc(BLOCK_BYTES);
      block.write(userId, 'hex');
      block.writeUInt32BE(sequence, USER_ID_BYTES);
      const cipher = createCipheriv(CIPHER, key, null).setAutoPadding(false);
      return Buffer.concat([cipher.update(block), cipher.final()]).toString('base64url');
    },

    /** The number in a cursor. Fails with `BAD_USER_INPUT` if the user was never given it. */
    open(userId: string, cursor: string) {
      const sealed = Buffer.from(cursor, 'base64url');
      // Decoding skips what is not base64url, so the one right spelling is asked for.
      if (sealed.length !== BLOCK_BYTES || sealed.toString('base64url') !== cursor) {
        throw badInput(INVALID);
      }
      const decipher = createDecipheriv(CIPHER, key, null).setAutoPadding(false);
      const block = Buffer.concat([decipher.update(sealed), decipher.final()]);
      if (block.toString('hex', 0, USER_ID_BYTES) !== userId) throw badInput(INVALID);
      return block.readUInt32BE(USER_ID_BYTES);
    },
  };
}
