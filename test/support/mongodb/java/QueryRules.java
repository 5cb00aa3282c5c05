import de.bwaldvogel.mongo.bson.BsonRegularExpression;
import de.bwaldvogel.mongo.bson.Document;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Queries that MongoDB refuses before it has looked at a document. The library looks first. */
final class QueryRules {
  private static final Set<String> LISTS_OF_QUERIES = Set.of("$and", "$or", "$nor");
  private static final Set<String> OTHER_TOP_LEVEL =
      Set.of("$expr", "$comment", "$where", "$jsonSchema", "$text", "$sampleRate");
  private static final Set<String> NEED_LIST = Set.of("$in", "$nin", "$all");
  private static final Set<String> REFERENCE = Set.of("$ref", "$id", "$db");
  private static final Set<String> OPERATORS =
      Set.of(
          "$eq", "$ne", "$gt", "$gte", "$lt", "$lte", "$in", "$nin", "$exists", "$type", "$regex",
          "$options", "$all", "$elemMatch", "$size", "$mod", "$not", "$bitsAllSet",
          "$bitsAllClear", "$bitsAnySet", "$bitsAnyClear", "$geoWithin", "$geoIntersects", "$near",
          "$nearSphere", "$comment");

  private QueryRules() {}

  /** Throws unless the query, order and numbers of a find are such as MongoDB takes. */
  static void checkFind(Document find) {
    checkFilter(find.get("filter"), "find.filter");
    for (String name : new String[] {"limit", "skip"}) {
      if (find.get(name) instanceof Number number && number.longValue() < 0) {
        throw Refusal.location(51024, "BSON field '" + name + "' value must be >= 0");
      }
    }
    checkSort(find.get("sort"));
  }

  static void checkSort(Object sort) {
    if (!(sort instanceof Document order)) return;
    for (Object direction : order.values()) {
      if (direction instanceof Document) continue;
      boolean isOne = direction instanceof Number n && Math.abs(n.doubleValue()) == 1;
      if (!isOne) throw Refusal.location(15975, "$sort key ordering must be 1 or -1");
    }
  }

  static void checkPipeline(Object pipeline) {
    if (!(pipeline instanceof Collection<?> stages)) return;
    for (Object stage : stages) {
      if (!(stage instanceof Document document)) continue;
      if (document.get("$limit") instanceof Number limit && limit.doubleValue() <= 0) {
        throw Refusal.location(15958, "the limit must be positive");
      }
      if (document.containsKey("$match")) checkFilter(document.get("$match"), "$match");
    }
  }

  /** Throws unless the filter is one that MongoDB parses; `where` names it in the message. */
  static void checkFilter(Object filter, String where) {
    if (filter == null) return;
    if (!(filter instanceof Document document)) {
      throw Refusal.typeMismatch("BSON field '" + where + "' is the wrong type");
    }
    for (Map.Entry<String, Object> entry : document.entrySet()) {
      String name = entry.getKey();
      if (LISTS_OF_QUERIES.contains(name)) {
        checkQueries(entry.getValue(), where);
      } else if (name.startsWith("$") && !REFERENCE.contains(name)) {
        if (!OTHER_TOP_LEVEL.contains(name)) {
          throw Refusal.badValue("unknown top level operator: " + name);
        }
      } else {
        checkCondition(entry.getValue());
      }
    }
  }

  /** Whether the filter has `$expr` anywhere: MongoDB does not take it for an upsert. */
  static boolean hasExpression(Object filter) {
    if (filter instanceof Collection<?> list) {
      return list.stream().anyMatch(QueryRules::hasExpression);
    }
    if (!(filter instanceof Document document)) return false;
    return document.containsKey("$expr")
        || LISTS_OF_QUERIES.stream().anyMatch(name -> hasExpression(document.get(name)));
  }

  private static void checkQueries(Object value, String where) {
    if (!(value instanceof Collection<?> list) || list.isEmpty()) {
      throw Refusal.badValue("$and/$or/$nor must be a nonempty array");
    }
    for (Object each : list) checkFilter(each, where);
  }

  private static void checkCondition(Object value) {
    if (value instanceof BsonRegularExpression expression) checkPattern(expression.getPattern());
    if (!(value instanceof Document condition) || condition.isEmpty()) return;
    String first = condition.keySet().iterator().next();
    if (!first.startsWith("$") || REFERENCE.contains(first)) return;
    for (Map.Entry<String, Object> entry : condition.entrySet()) {
      checkOperator(entry.getKey(), entry.getValue());
    }
  }

  private static void checkOperator(String operator, Object value) {
    if (!OPERATORS.contains(operator)) throw Refusal.badValue("unknown operator: " + operator);
    if (NEED_LIST.contains(operator) && !(value instanceof Collection)) {
      throw Refusal.badValue(operator + " needs an array");
    }
    if (operator.equals("$not")) checkCondition(value);
    if (operator.equals("$regex") && value instanceof String text) checkPattern(text);
  }

  private static void checkPattern(String pattern) {
    try {
      Pattern.compile(pattern);
    } catch (PatternSyntaxException error) {
      throw Refusal.location(51091, "Regular expression is invalid");
    }
  }
}
