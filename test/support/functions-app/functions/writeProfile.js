exports = async function writeProfile(newCustomUserData) {
  const userId = context.user.id;
  const users = context.services
    .get("mongodb-atlas")
    .db(context.values.get("database"))
    .collection("custom-user-data");
  const filter = { userId };
  const update = { $set: newCustomUserData };
  const options = { upsert: true };
  return await users.updateOne(filter, update, options);
};
