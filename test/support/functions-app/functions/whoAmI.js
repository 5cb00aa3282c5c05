exports = function () {
  return { user: context.user, request: context.request, app: context.app, system: context.runningAsSystem() };
};
