/** A settings page that is made on the server. */
import { EJSON } from 'bson';
import { Hono } from 'hono';
import { csrf } from 'hono/csrf';
import { html } from 'hono/html';
import { createSessions } from './sessions.js';

const WRITE = `mutation ($data: JSON!, $expectedRevision: String) {
  writeCustomUserData(newCustomUserData: $data, expectedRevision: $expectedRevision) { accessToken }
}`;

/** Creates the app; `options` as of `createSessions`. */
export function createApp(options) {
  const sessions = createSessions(options);
  const app = new Hono();
  // Cookies come with what other sites send, too: only our own pages may change something.
  app.use(csrf());
  app.onError((error, c) => {
    const status = error.code === 'UNAUTHENTICATED' || error.code === undefined ? 500 : 400;
    return c.html(page(html`<p role="alert">${error.message}</p>`), error.status ?? status);
  });

  app.get('/', async (c) => {
    const session = await sessions.open(c);
    return c.html(page(session === null ? LOG_IN : settings(session.claims)));
  });
  app.post('/log-in', async (c) => {
    const { email, password } = await c.req.parseBody();
    await sessions.logIn(c, email ? { emailPassword: { email, password } } : { anonymous: true });
    return c.redirect('/', 303);
  });
  app.post('/settings', async (c) => {
    const { nickname, revision: expectedRevision } = await c.req.parseBody();
    await sessions.mutate(c, WRITE, { data: { nickname }, expectedRevision });
    return c.redirect('/', 303);
  });
  app.post('/log-out', async (c) => {
    await sessions.logOut(c);
    return c.redirect('/', 303);
  });
  return app;
}

const page = (content) => html`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Settings</title>
<h1>Settings</h1>
${content}
</html>`;

const LOG_IN = html`<form method="post" action="/log-in">
  <label>E-mail <input name="email" type="email" autocomplete="username"></label>
  <label>Password <input name="password" type="password" autocomplete="current-password"></label>
  <button>Log in</button> without an e-mail address: as a guest
</form>`;

/** The document is in the token: the page asks nobody for it. */
function settings({ sub, user_data: userData = {}, user_data_rev: revision = '' }) {
  const { nickname = '' } = EJSON.deserialize(userData);
  return html`<p>User ${sub}</p>
<form method="post" action="/settings">
  <input name="revision" type="hidden" value="${revision}">
  <label>Nickname <input name="nickname" value="${nickname}"></label>
  <button>Save</button>
</form>
<form method="post" action="/log-out"><button>Log out</button></form>`;
}
