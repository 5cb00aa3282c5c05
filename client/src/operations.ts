/** What is sent. */

const USER = 'user{id customData customDataRevision customDataReadAt tokenExpiresAt}';
const SESSION = `{accessToken refreshToken ${USER}}`;
const WRITTEN = `{accessToken ${USER} result{acknowledged matchedCount modifiedCount upsertedId deletedCount}}`;

const define = (field: string, query: string) => ({ field, query: `mutation${query}` });

export const LOG_IN = define('logIn', `($c:CredentialsInput!){logIn(credentials:$c)${SESSION}}`);
export const REFRESH = define(
  'refreshSession',
  `($t:String!){refreshSession(refreshToken:$t)${SESSION}}`,
);
export const LOG_OUT = define('logOut', '{logOut}');
export const REGISTER = define(
  'registerUser',
  '($e:String!,$p:String!){registerUser(email:$e,password:$p){userId}}',
);
export const READ = define('refreshCustomData', `{refreshCustomData{accessToken ${USER}}}`);
export const WRITE = define(
  'writeCustomUserData',
  `($d:JSON!,$mode:WriteMode!=MERGE,$expectedRevision:String){writeCustomUserData(newCustomUserData:$d,mode:$mode,expectedRevision:$expectedRevision)${WRITTEN}}`,
);
export const UPDATE = define(
  'updateCustomUserData',
  `($o:[CustomDataOperation!]!,$expectedRevision:String){updateCustomUserData(operations:$o,expectedRevision:$expectedRevision)${WRITTEN}}`,
);
