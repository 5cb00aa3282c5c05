exports = function () {
  const users = context.services.get("mongodb-atlas").db(context.values.get("database"));
  return users.collection("custom-user-data").findOne({ userId: context.user.id }, { _id: 0 });
};
