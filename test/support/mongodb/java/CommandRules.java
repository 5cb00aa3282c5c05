import de.bwaldvogel.mongo.bson.Document;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** The fields that commands and their statements may have; MongoDB refuses any other. */
final class CommandRules {
  private static final Set<String> EVERY_COMMAND =
      Set.of(
          "$db", "lsid", "$clusterTime", "$readPreference", "apiVersion", "apiStrict",
          "apiDeprecationErrors", "comment", "maxTimeMS", "readConcern", "writeConcern",
          "txnNumber", "autocommit", "startTransaction", "stmtId", "stmtIds");
  private static final Map<String, Set<String>> COMMANDS =
      Map.of(
          "find",
              Set.of(
                  "find", "filter", "sort", "projection", "hint", "skip", "limit", "batchSize",
                  "singleBatch", "min", "max", "returnKey", "showRecordId", "tailable",
                  "noCursorTimeout", "awaitData", "allowPartialResults", "collation",
                  "allowDiskUse", "let"),
          "insert", Set.of("insert", "documents", "ordered", "bypassDocumentValidation"),
          "update", Set.of("update", "updates", "ordered", "bypassDocumentValidation", "let"),
          "delete", Set.of("delete", "deletes", "ordered", "let"),
          "findandmodify",
              Set.of(
                  "findAndModify", "findandmodify", "query", "sort", "remove", "update", "new",
                  "fields", "upsert", "bypassDocumentValidation", "collation", "arrayFilters",
                  "hint", "let"),
          "aggregate",
              Set.of(
                  "aggregate", "pipeline", "explain", "allowDiskUse", "cursor", "collation",
                  "hint", "bypassDocumentValidation", "let"),
          "createindexes", Set.of("createIndexes", "indexes", "commitQuorum"),
          "dropindexes", Set.of("dropIndexes", "index"),
          "listindexes", Set.of("listIndexes", "cursor"));
  private static final Map<String, Set<String>> STATEMENTS =
      Map.of(
          "updates",
              Set.of(
                  "q", "u", "c", "multi", "upsert", "collation", "arrayFilters", "hint", "sort",
                  "upsertSupplied"),
          "deletes", Set.of("q", "limit", "collation", "hint"));

  private CommandRules() {}

  /** Throws if the command or one of its statements has an unknown field, or a malformed name. */
  static void check(String database, String command, Document query) {
    Set<String> known = COMMANDS.get(command.toLowerCase(Locale.ROOT));
    if (known == null) return;
    checkFields(query, union(known, EVERY_COMMAND), command);
    for (Map.Entry<String, Set<String>> statements : STATEMENTS.entrySet()) {
      String name = statements.getKey();
      if (!(query.get(name) instanceof Collection<?> list)) continue;
      for (Object statement : list) {
        checkFields((Document) statement, statements.getValue(), command + "." + name);
      }
    }
    if (!(query.get(command) instanceof String name)) {
      // {aggregate: 1} is about the database.
      if (command.equals("aggregate")) return;
      throw Refusal.invalidNamespace(database + "." + query.get(command));
    }
    boolean isSystem = name.startsWith("system.");
    if (name.isEmpty() || name.contains("$") || isSystem || name.startsWith(".")) {
      throw Refusal.invalidNamespace(database + "." + name);
    }
  }

  private static void checkFields(Document document, Set<String> known, String where) {
    for (String field : document.keySet()) {
      if (known.contains(field)) continue;
      throw Refusal.location(40415, "BSON field '" + where + "." + field + "' is an unknown field");
    }
  }

  /** The statements of a write; throws if there are none, as MongoDB does. */
  static List<Document> statementsOf(Document query, String field) {
    List<Document> statements = new ArrayList<>();
    if (query.get(field) instanceof Collection<?> list) {
      for (Object each : list) statements.add((Document) each);
    }
    if (statements.isEmpty()) {
      throw Refusal.invalidLength("Write batch sizes must be between 1 and 100000");
    }
    return statements;
  }

  private static Set<String> union(Set<String> one, Set<String> other) {
    Set<String> both = new HashSet<>(one);
    both.addAll(other);
    return both;
  }
}
