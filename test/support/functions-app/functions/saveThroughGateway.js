exports = async function (data) {
  const result = await context.functions.execute("writeCustomUserData", data);
  return { result, seen: context.user.custom_data };
};
