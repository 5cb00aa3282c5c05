exports = async (page) => {
  const visits = context.services
    .get("mongodb-atlas")
    .db(context.values.get("database"))
    .collection("visits");
  await visits.insertOne({ user: context.user.id, page, at: new Date(0) });
  const pages = await visits.find({ user: context.user.id }).sort({ page: 1 }).limit(10).toArray();
  return { count: await visits.count({ user: context.user.id }), pages: pages.map((visit) => visit.page) };
};
