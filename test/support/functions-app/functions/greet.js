exports = function (name) {
  const greeting = context.functions.execute("internalGreeting", name);
  return `${greeting} ${context.environment.values.suffix} [${context.environment.tag}]`;
};
