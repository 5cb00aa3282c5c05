exports = async function (team) {
  const teams = context.services.get("mongodb-atlas").db(context.values.get("database")).collection("teams");
  const secret = context.values.get("teamKey");
  const invitation = utils.crypto.hmac(`${team}/${context.user.id}`, secret, "sha256", "hex");
  return teams.findOneAndUpdate(
    { _id: team },
    { $addToSet: { members: context.user.id }, $set: { invitation } },
    { upsert: true, returnNewDocument: true },
  );
};
