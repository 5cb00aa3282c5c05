import de.bwaldvogel.mongo.backend.Missing;
import de.bwaldvogel.mongo.backend.Utils;
import de.bwaldvogel.mongo.bson.BsonRegularExpression;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import java.util.Collection;
import java.util.Map;
import java.util.Set;

/** Writes that MongoDB refuses and the library makes, or refuses with another number. */
final class UpdateRules {
  private static final Set<String> OPERATORS =
      Set.of(
          "$set", "$unset", "$setOnInsert", "$inc", "$mul", "$min", "$max", "$rename",
          "$currentDate", "$push", "$addToSet", "$pull", "$pullAll", "$pop", "$bit");
  private static final Set<String> NEED_NUMBER = Set.of("$inc", "$mul");
  private static final Set<String> NEED_ARRAY = Set.of("$push", "$addToSet");
  /** Numbers of old versions, which the library still answers, and those of today. */
  private static final Map<Integer, MongoServerError> TODAY =
      Map.of(
          10141, Refusal.badValue("$addToSet needs an array"),
          10143, Refusal.typeMismatch("$pop needs an array"),
          10158, Refusal.failedToParse("multi update is not supported for replacement-style"));

  private UpdateRules() {}

  /** Throws unless MongoDB would store a document with such an `_id`. */
  static void checkInsert(Document document) {
    Object id = document.get("_id");
    if (id instanceof Collection) throw Refusal.invalidId("array");
    if (BsonRegularExpression.isRegularExpression(id)) throw Refusal.invalidId("regex");
    if (!(id instanceof Document fields)) return;
    for (String name : fields.keySet()) {
      if (name.startsWith("$")) throw Refusal.dollarPrefixed(name);
    }
  }

  /** Throws unless MongoDB would parse the update. */
  static void checkUpdate(Object update, Document filter, boolean isMulti, boolean isUpsert) {
    if (isUpsert && QueryRules.hasExpression(filter)) {
      throw Refusal.queryFeatureNotAllowed("$expr is not allowed in the query of an upsert");
    }
    if (!(update instanceof Document changes)) {
      throw Refusal.notImplemented("This stand-in has no updates by pipeline");
    }
    if (changes.isEmpty() || !changes.keySet().iterator().next().startsWith("$")) {
      checkReplacement(changes, isMulti);
      return;
    }
    for (Map.Entry<String, Object> change : changes.entrySet()) {
      checkOperator(change.getKey(), change.getValue());
    }
  }

  /** Throws if MongoDB would refuse to change this document so. */
  static void checkAgainst(Document document, Document update) {
    for (Map.Entry<String, Object> change : update.entrySet()) {
      String operator = change.getKey();
      if (!NEED_NUMBER.contains(operator) && !NEED_ARRAY.contains(operator)) continue;
      for (Map.Entry<String, Object> field : ((Document) change.getValue()).entrySet()) {
        if (field.getKey().contains("$")) continue;
        Object value = Utils.getSubdocumentValue(document, field.getKey());
        if (value instanceof Missing) continue;
        checkField(operator, value, field.getValue());
      }
    }
  }

  /** The error as MongoDB numbers it. */
  static MongoServerError asToday(MongoServerError error) {
    return TODAY.getOrDefault(error.getCode(), error);
  }

  /** Whether `checkAgainst` has anything to say of the update. */
  static boolean dependsOnDocument(Object update) {
    return update instanceof Document changes
        && changes.keySet().stream()
            .anyMatch(name -> NEED_NUMBER.contains(name) || NEED_ARRAY.contains(name));
  }

  private static void checkReplacement(Document replacement, boolean isMulti) {
    if (isMulti) throw Refusal.failedToParse("multi update is not supported for replacement-style");
    for (String name : replacement.keySet()) {
      if (name.startsWith("$")) throw Refusal.dollarPrefixed(name);
    }
  }

  private static void checkOperator(String operator, Object value) {
    if (!OPERATORS.contains(operator)) {
      throw Refusal.failedToParse("Unknown modifier: " + operator);
    }
    if (!(value instanceof Document fields)) {
      throw Refusal.failedToParse("Modifiers operate on fields but we found another type");
    }
    for (Map.Entry<String, Object> field : fields.entrySet()) {
      checkPath(field.getKey());
      if (operator.equals("$rename") && field.getKey().equals(field.getValue())) {
        throw Refusal.badValue("The source and target field for $rename must differ");
      }
      boolean isEach = field.getValue() instanceof Document d && d.containsKey("$each");
      if (NEED_ARRAY.contains(operator) && isEach) {
        Object each = ((Document) field.getValue()).get("$each");
        if (!(each instanceof Collection)) throw Refusal.badValue("$each must be an array");
      }
    }
  }

  private static void checkPath(String path) {
    for (String name : path.split("\\.", -1)) {
      if (name.isEmpty()) throw Refusal.emptyFieldName(path);
    }
  }

  private static void checkField(String operator, Object value, Object operand) {
    if (NEED_ARRAY.contains(operator)) {
      if (!(value instanceof Collection)) throw Refusal.badValue("The field must be an array");
      return;
    }
    if (!(value instanceof Number number)) {
      throw Refusal.typeMismatch("Cannot apply " + operator + " to a value of non-numeric type");
    }
    boolean isExact = isWhole(number) && isWhole(operand) && operator.equals("$inc");
    if (!isExact) return;
    try {
      Math.addExact(number.longValue(), ((Number) operand).longValue());
    } catch (ArithmeticException overflow) {
      throw Refusal.badValue("Failed to apply $inc operations to current value");
    }
  }

  private static boolean isWhole(Object value) {
    return value instanceof Integer || value instanceof Long;
  }
}
