import de.bwaldvogel.mongo.bson.Document;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Which indexes MongoDB builds, and which it refuses beside those that exist: the rules of version 5
 * and later, in which "unique", "sparse" and the partial filter tell indexes on the same key apart.
 */
final class IndexRules {
  private static final Set<String> ID_OPTIONS = Set.of("key", "name", "v", "ns", "collation");
  private static final Set<String> OPTIONS =
      Set.of(
          "key", "name", "v", "ns", "collation", "unique", "sparse", "hidden", "background",
          "partialFilterExpression", "expireAfterSeconds", "storageEngine", "prepareUnique");
  /** Two indexes that agree in all of these are one to MongoDB. */
  private static final List<String> SIGNATURE =
      List.of("key", "unique", "sparse", "partialFilterExpression", "collation");
  private static final Set<String> PARTIAL_OPERATORS =
      Set.of("$eq", "$gt", "$gte", "$lt", "$lte", "$type", "$in");

  private IndexRules() {}

  /** Throws unless MongoDB would build an index so described. */
  static void check(Document index) {
    if (!(index.get("key") instanceof Document key)) {
      throw Refusal.failedToParse("The 'key' field is a required property of an index");
    }
    if (!(index.get("name") instanceof String name)) {
      throw Refusal.failedToParse("The 'name' field is a required property of an index");
    }
    boolean isOnId = key.keySet().equals(Set.of("_id"));
    for (String option : index.keySet()) {
      if (!OPTIONS.contains(option)) throw Refusal.invalidIndexOption(option, "index");
      if (isOnId && !ID_OPTIONS.contains(option)) {
        throw Refusal.invalidIndexOption(option, "_id index");
      }
    }
    if (isOnId && !isOne(key.get("_id"))) {
      throw Refusal.badValue("The field 'key' for an _id index must be {_id: 1}");
    }
    if (!isOnId && name.equals("_id_")) {
      throw Refusal.badValue("The index name '_id_' is reserved for the _id index");
    }
    if (name.equals("*")) throw Refusal.badValue("The index name '*' is not valid");
    if (name.isEmpty()) throw Refusal.cannotCreateIndex("index name cannot be empty");
    checkKey(key);
    checkExpiry(index, key);
    checkPartialFilter(index);
  }

  /** Whether an index so described is there already; throws if one in its way is. */
  static boolean isThere(Document index, Collection<Document> existing) {
    for (Document other : existing) {
      boolean isSameIndex = SIGNATURE.stream().allMatch(option -> agree(index, other, option));
      if (other.get("name").equals(index.get("name"))) {
        if (!isSameIndex) {
          throw Refusal.indexKeySpecsConflict("An existing index has the requested name");
        }
        if (agree(index, other, "expireAfterSeconds")) return true;
        throw Refusal.indexOptionsConflict("The index exists with other options");
      }
      if (!isSameIndex) continue;
      // Whatever it is called: MongoDB gives the index on _id its own name.
      if (((Document) index.get("key")).containsKey("_id")) return true;
      throw Refusal.indexOptionsConflict("Index already exists with a different name");
    }
    return false;
  }

  private static boolean agree(Document one, Document other, String option) {
    return Objects.equals(normalized(one.get(option)), normalized(other.get(option)));
  }

  private static Object normalized(Object value) {
    if (value instanceof Number number) return number.doubleValue();
    if (Boolean.FALSE.equals(value)) return null;
    if (!(value instanceof Document document)) return value;
    // The order of keys counts, and so do their directions, however they are written.
    return document.entrySet().stream()
        .map(entry -> List.of(entry.getKey(), String.valueOf(normalized(entry.getValue()))))
        .toList();
  }

  private static void checkKey(Document key) {
    if (key.isEmpty()) throw Refusal.cannotCreateIndex("Index keys cannot be empty");
    for (Map.Entry<String, Object> part : key.entrySet()) {
      boolean isDirection = part.getValue() instanceof Number n && n.doubleValue() != 0;
      if (!isDirection && !(part.getValue() instanceof String)) {
        throw Refusal.cannotCreateIndex("Index keys must be numbers other than 0, or text");
      }
      for (String name : part.getKey().split("\\.", -1)) {
        if (name.isEmpty() || name.startsWith("$")) {
          throw Refusal.cannotCreateIndex("Index keys cannot be empty or start with '$'");
        }
      }
    }
  }

  private static void checkExpiry(Document index, Document key) {
    if (!index.containsKey("expireAfterSeconds")) return;
    if (!(index.get("expireAfterSeconds") instanceof Number seconds)) {
      throw Refusal.typeMismatch("The field 'expireAfterSeconds' must be a number");
    }
    if (seconds.doubleValue() < 0) {
      throw Refusal.cannotCreateIndex("'expireAfterSeconds' cannot be less than 0");
    }
    if (key.size() > 1) {
      throw Refusal.cannotCreateIndex("TTL indexes are single-field indexes");
    }
  }

  private static void checkPartialFilter(Document index) {
    if (!index.containsKey("partialFilterExpression")) return;
    if (!(index.get("partialFilterExpression") instanceof Document filter)) {
      throw Refusal.typeMismatch("The field 'partialFilterExpression' must be an object");
    }
    if (Boolean.TRUE.equals(index.get("sparse"))) {
      throw Refusal.cannotCreateIndex(
          "cannot mix \"partialFilterExpression\" and \"sparse\" options");
    }
    checkPartialExpression(filter);
  }

  private static void checkPartialExpression(Document filter) {
    for (Map.Entry<String, Object> entry : filter.entrySet()) {
      if (entry.getKey().equals("$and") || entry.getKey().equals("$or")) {
        for (Object each : (Collection<?>) entry.getValue()) checkPartialExpression((Document) each);
      } else if (entry.getKey().startsWith("$")) {
        throw unsupported(entry.getKey());
      } else if (entry.getValue() instanceof Document condition) {
        checkPartialCondition(condition);
      }
    }
  }

  private static void checkPartialCondition(Document condition) {
    for (Map.Entry<String, Object> entry : condition.entrySet()) {
      String operator = entry.getKey();
      boolean isExists = operator.equals("$exists") && !isFalse(entry.getValue());
      boolean isSupported = isExists || PARTIAL_OPERATORS.contains(operator);
      if (operator.startsWith("$") && !isSupported) throw unsupported(operator);
    }
  }

  private static RuntimeException unsupported(String operator) {
    return Refusal.cannotCreateIndex("unsupported expression in partial index: " + operator);
  }

  private static boolean isFalse(Object value) {
    return Boolean.FALSE.equals(value) || (value instanceof Number n && n.doubleValue() == 0);
  }

  private static boolean isOne(Object value) {
    return value instanceof Number number && number.doubleValue() == 1;
  }
}
