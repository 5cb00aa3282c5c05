/** Serves the app: `node serve.js`, then open the address it prints. */
import { serve } from '@hono/node-server';
import { createApp } from './app.js';

const {
  GATEWAY_URL = 'http://127.0.0.1:4000',
  ISSUER = GATEWAY_URL,
  APP_ID = 'myapp-abcde',
  PORT = '8080',
} = process.env;

const { fetch } = createApp({ gateway: GATEWAY_URL, issuer: ISSUER, audience: APP_ID });
serve({ fetch, hostname: '127.0.0.1', port: Number(PORT) }, ({ port }) => {
  // Browsers take secure cookies from localhost, which needs no certificate.
  console.log(`http://localhost:${port}/`);
});
