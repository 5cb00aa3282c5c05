import { describe, expect, test } from '@jest/globals';
import { sendRaw } from '../../support/core-client.ts';
import { useEmbeddedGateway } from '../../support/gateway.ts';

const PATH = '/api/client/v2.0/app/myapp-abcde/location';
const FORWARDED = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'api.example.com' };

describe('the location', () => {
  describe('with PUBLIC_URL', () => {
    const gateway = useEmbeddedGateway({ PUBLIC_URL: 'https://data.example.com/' });

    test('is that, without its trailing slash', async () => {
      const { json } = await sendRaw(gateway().url, { method: 'GET', path: PATH });
      expect(json).toMatchObject({
        hostname: 'https://data.example.com',
        ws_hostname: 'wss://data.example.com',
      });
    });
  });

  describe('behind a trusted proxy', () => {
    const gateway = useEmbeddedGateway({ TRUST_PROXY: 'true' });

    test('is what the forwarded headers say', async () => {
      const { json } = await sendRaw(gateway().url, {
        method: 'GET',
        path: PATH,
        headers: FORWARDED,
      });
      expect(json).toMatchObject({
        hostname: 'https://api.example.com',
        ws_hostname: 'wss://api.example.com',
      });
    });
  });

  describe('otherwise', () => {
    const gateway = useEmbeddedGateway();

    test('is the host that the client asked for, whatever forwarded headers say', async () => {
      const { json } = await sendRaw(gateway().url, {
        method: 'GET',
        path: PATH,
        headers: { host: 'localhost:4000', ...FORWARDED },
      });
      expect(json).toMatchObject({
        hostname: 'http://localhost:4000',
        ws_hostname: 'ws://localhost:4000',
      });
    });

    test('is refused if the Host header is malformed', async () => {
      const { status, json } = await sendRaw(gateway().url, {
        method: 'GET',
        path: PATH,
        headers: { host: 'no host' },
      });
      expect(status).toBe(400);
      expect(json.error_code).toBe('BadRequest');
    });
  });
});
