import de.bwaldvogel.mongo.exception.MongoServerError;

/** The errors of MongoDB that the library does not know, by their numbers. */
final class Refusal {
  private Refusal() {}

  static MongoServerError badValue(String message) {
    return new MongoServerError(2, "BadValue", message);
  }

  static MongoServerError failedToParse(String message) {
    return new MongoServerError(9, "FailedToParse", message);
  }

  static MongoServerError typeMismatch(String message) {
    return new MongoServerError(14, "TypeMismatch", message);
  }

  static MongoServerError invalidLength(String message) {
    return new MongoServerError(16, "InvalidLength", message);
  }

  static MongoServerError namespaceNotFound(String namespace) {
    return new MongoServerError(26, "NamespaceNotFound", "ns does not exist: " + namespace);
  }

  static MongoServerError indexNotFound(String index) {
    return new MongoServerError(27, "IndexNotFound", "index not found with name [" + index + "]");
  }

  static MongoServerError dollarPrefixed(String field) {
    String message = "The dollar ($) prefixed field '" + field + "' is not allowed here";
    return new MongoServerError(52, "DollarPrefixedFieldName", message);
  }

  static MongoServerError invalidId(String type) {
    String message = "The '_id' value cannot be of type " + type;
    return new MongoServerError(53, "InvalidIdField", message);
  }

  static MongoServerError emptyFieldName(String path) {
    String message = "The update path '" + path + "' contains an empty field name";
    return new MongoServerError(56, "EmptyFieldName", message);
  }

  static MongoServerError cannotCreateIndex(String message) {
    return new MongoServerError(67, "CannotCreateIndex", message);
  }

  static MongoServerError invalidOptions(String message) {
    return new MongoServerError(72, "InvalidOptions", message);
  }

  static MongoServerError invalidNamespace(String namespace) {
    String message = "Invalid namespace specified '" + namespace + "'";
    return new MongoServerError(73, "InvalidNamespace", message);
  }

  static MongoServerError indexOptionsConflict(String message) {
    return new MongoServerError(85, "IndexOptionsConflict", message);
  }

  static MongoServerError indexKeySpecsConflict(String message) {
    return new MongoServerError(86, "IndexKeySpecsConflict", message);
  }

  static MongoServerError invalidIndexOption(String option, String kind) {
    String message = "The field '" + option + "' is not valid for an " + kind + " specification";
    return new MongoServerError(197, "InvalidIndexSpecificationOption", message);
  }

  static MongoServerError queryFeatureNotAllowed(String message) {
    return new MongoServerError(224, "QueryFeatureNotAllowed", message);
  }

  static MongoServerError notImplemented(String message) {
    return new MongoServerError(238, "NotImplemented", message);
  }

  /** An error that has a number and no name. */
  static MongoServerError location(int code, String message) {
    return new MongoServerError(code, message);
  }
}
