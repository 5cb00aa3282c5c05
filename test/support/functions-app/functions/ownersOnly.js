exports = function () {
  return "welcome";
};
