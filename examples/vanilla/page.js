import { createSession } from 'custom-user-data-client';

const gateway = new URLSearchParams(location.search).get('gateway') ?? 'http://127.0.0.1:4000';
const session = createSession({ url: gateway });

const element = (id) => document.getElementById(id);
const [logInForm, settingsForm] = [element('log-in'), element('settings')];
/** Revision that the fields of the form were filled from. */
let shownRevision;

function say(text) {
  element('status').textContent = text;
}

/** Shows who is logged in. Fields that somebody is editing are left alone until they are saved. */
function show() {
  const { status, user } = session;
  if (status === 'restoring') return;
  logInForm.hidden = user !== null;
  settingsForm.hidden = user === null;
  if (user === null) {
    shownRevision = undefined;
    return;
  }
  element('custom-data').textContent = JSON.stringify(user.customData);
  if (shownRevision !== user.customDataRevision && !settingsForm.contains(document.activeElement)) {
    fill(user);
  }
}

function fill({ customData, customDataRevision }) {
  settingsForm.elements.nickname.value = customData?.nickname ?? '';
  settingsForm.elements.theme.value = customData?.theme ?? 'light';
  shownRevision = customDataRevision;
}

async function save({ nickname, theme }) {
  try {
    // Nobody else's change is overwritten: an empty text says that there must be no document.
    const expectedRevision = shownRevision ?? '';
    const { user } = await session.writeCustomUserData({ nickname, theme }, { expectedRevision });
    fill(user);
  } catch (error) {
    if (error.code !== 'REVISION_CONFLICT') throw error;
    fill(await session.refreshCustomData());
    throw new Error('Somebody has changed the settings meanwhile. Here is what they are now.');
  }
}

const credentials = ({ email, password }) => ({ emailPassword: { email, password } });

/** What each button does with the fields of its form. */
const ACTIONS = {
  logIn: (fields) => session.logIn(credentials(fields)),
  async register({ email, password }) {
    await session.registerUser(email, password);
    await session.logIn(credentials({ email, password }));
  },
  anonymous: () => session.logIn({ anonymous: true }),
  save,
  refresh: async () => fill(await session.refreshCustomData()),
  logOut: () => session.logOut(),
};

for (const form of [logInForm, settingsForm]) {
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const { name, textContent } = event.submitter;
    say('…');
    try {
      await ACTIONS[name](Object.fromEntries(new FormData(form)));
      say(`${textContent}: done`);
    } catch (error) {
      say(error.message);
    }
    show();
  });
}

session.subscribe((event) => {
  show();
  if (event === 'ENDED') say('Your session has ended. Please log in again.');
});
await session.ready;
show();
