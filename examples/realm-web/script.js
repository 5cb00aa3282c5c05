/** Logs in, writes custom data and reads it back: `node script.js [gateway]`. */
import { App, BSON, Credentials } from 'realm-web';

const baseUrl = process.argv[2] ?? 'http://127.0.0.1:4000';

// The line that changes: without `baseUrl` the app asks the service that was shut down.
const app = new App({ id: 'myapp-abcde', baseUrl });

const email = `someone-${Date.now()}@example.com`;
const password = 'correct horse';
await app.emailPasswordAuth.registerUser({ email, password });
const user = await app.logIn(Credentials.emailPassword(email, password));
console.log('logged in:', user.profile.email === email);
console.log('before:', user.customData);

const result = await user.functions.writeCustomUserData({
  favoriteColor: 'blue',
  visits: 1,
  lastVisit: new Date(0),
});
console.log('inserted:', result.upsertedId !== null);

// What is written shows in the token only after a refresh.
await user.refreshCustomData();
const { _id, userId, ...data } = BSON.EJSON.deserialize(user.customData);
console.log('after:', JSON.stringify(data));
console.log('mine:', userId === user.id);

await user.logOut();
console.log('logged out:', !user.isLoggedIn);
