exports = function (...values) {
  return values;
};
