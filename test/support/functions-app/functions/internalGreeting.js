exports = function (name) {
  return `${context.values.get("greeting").text}, ${name}!`;
};
