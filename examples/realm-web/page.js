/* global Realm */
const gateway = new URLSearchParams(location.search).get('gateway') ?? 'http://127.0.0.1:4000';

// The line that changes: without `baseUrl` the app asks the service that was shut down.
const app = new Realm.App({ id: 'myapp-abcde', baseUrl: gateway });

const find = (id) => document.getElementById(id);
const readEmailPassword = () => ({ email: find('email').value, password: find('password').value });

const actions = {
  register: () => app.emailPasswordAuth.registerUser(readEmailPassword()),
  'email-log-in': () => {
    const { email, password } = readEmailPassword();
    return app.logIn(Realm.Credentials.emailPassword(email, password));
  },
  'anonymous-log-in': () => app.logIn(Realm.Credentials.anonymous()),
  save: async () => {
    await app.currentUser.functions.writeCustomUserData({ favoriteColor: find('color').value });
    await app.currentUser.refreshCustomData();
  },
  refresh: () => app.currentUser.refreshCustomData(),
  'log-out': () => app.currentUser.logOut(),
};

function show(status) {
  const user = app.currentUser;
  find('log-in').hidden = user !== null;
  find('data').hidden = user === null;
  find('user').value = user?.id ?? 'nobody';
  find('custom-data').value = user === null ? '' : JSON.stringify(user.customData);
  find('status').textContent = status;
}

for (const [id, act] of Object.entries(actions)) {
  find(id).addEventListener('click', async (event) => {
    event.preventDefault();
    find('status').textContent = '';
    const status = await act().then(
      () => `${id}: done`,
      (error) => `${id}: ${error.message}`,
    );
    show(status);
  });
}

show('');
