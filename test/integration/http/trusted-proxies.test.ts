/** Whose word about a client's address is believed: what is made up makes nobody another client. */
import { afterEach, describe, expect, test } from '@jest/globals';
import { sendFrom } from '../../support/from-address.ts';
import { createTemporaryDirectory, startGateway } from '../../support/gateway.ts';
import { OPERATIONS } from '../../support/graphql-client.ts';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

/** Makes an anonymous account, of which an address may make one, behind each of these in turn: who was refused. */
async function refusedOf(trustProxy: string, forwarded: readonly string[]): Promise<string[]> {
  const { path, remove } = await createTemporaryDirectory();
  closers.push(remove);
  const gateway = await startGateway({
    DATA_DIR: path,
    TRUST_PROXY: trustProxy,
    RATE_LIMITS: 'logIn.anonymous=1/1h',
  });
  closers.push(gateway.stop);
  const refused: string[] = [];
  for (const each of forwarded) {
    const { code } = await sendFrom(gateway.url, each, OPERATIONS.logInAnonymously);
    if (code === 'RATE_LIMITED') refused.push(each);
  }
  return refused;
}

describe('X-Forwarded-For', () => {
  test('says nothing when no proxy is trusted', async () => {
    expect(await refusedOf('false', ['192.0.2.1', '192.0.2.2'])).toEqual(['192.0.2.2']);
  });

  test('says one address with one proxy: the last, which the proxy has put there', async () => {
    const forwarded = [
      '192.0.2.1',
      '6.6.6.6, 192.0.2.1',
      '7.7.7.7,8.8.8.8, 192.0.2.1',
      '192.0.2.2',
    ];
    expect(await refusedOf('1', forwarded)).toEqual([forwarded[1], forwarded[2]]);
  });

  test('says the one before it with two', async () => {
    const forwarded = [
      '192.0.2.1, 10.0.0.1',
      '6.6.6.6, 192.0.2.1, 10.0.0.2',
      '192.0.2.2, 10.0.0.1',
    ];
    expect(await refusedOf('2', forwarded)).toEqual([forwarded[1]]);
  });

  test('says with the addresses of proxies the last that is none of theirs', async () => {
    const forwarded = [
      '192.0.2.1',
      '6.6.6.6, 192.0.2.1, 10.9.9.9',
      '192.0.2.1, 10.0.0.1, 10.0.0.2',
      '10.0.0.1, 192.0.2.2',
    ];
    const refused = await refusedOf('loopback,10.0.0.0/8', forwarded);
    expect(refused).toEqual([forwarded[1], forwarded[2]]);
  });

  test('says nothing where the proxy that is trusted is another', async () => {
    expect(await refusedOf('10.0.0.0/8', ['192.0.2.1', '192.0.2.2'])).toEqual(['192.0.2.2']);
  });

  test('that is no address makes nobody another client', async () => {
    const forwarded = ['nonsense', 'other nonsense', '_hidden', '192.0.2.1:4711', '192.0.2.1:4712'];
    expect(await refusedOf('1', forwarded)).toEqual([forwarded[1], forwarded[2], forwarded[4]]);
  });

  test('says the first to a gateway that believes anybody, who can make it up', async () => {
    const forwarded = ['6.6.6.6, 192.0.2.1', '7.7.7.7, 192.0.2.1', '7.7.7.7, 192.0.2.2'];
    expect(await refusedOf('true', forwarded)).toEqual([forwarded[2]]);
  });
});
