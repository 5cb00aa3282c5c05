exports = function () {
  return unknown;
};
