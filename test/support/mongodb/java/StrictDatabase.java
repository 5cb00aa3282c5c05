import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.CursorRegistry;
import de.bwaldvogel.mongo.backend.DatabaseResolver;
import de.bwaldvogel.mongo.backend.Index;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.Utils;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import de.bwaldvogel.mongo.oplog.Oplog;
import io.netty.channel.Channel;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/** A database that refuses what MongoDB refuses, where the library does not. */
final class StrictDatabase extends MemoryDatabase {
  /** Filter of the index that is being opened: the library does not pass it on. */
  private Document partialFilter;

  StrictDatabase(String name, CursorRegistry cursors) {
    super(name, cursors);
  }

  @Override
  public Document handleCommand(
      Channel channel, String command, Document query, DatabaseResolver databases, Oplog oplog) {
    CommandRules.check(getDatabaseName(), command, query);
    UnaryOperator<Document> run =
        changed -> super.handleCommand(channel, command, changed, databases, oplog);
    switch (command.toLowerCase(Locale.ROOT)) {
      case "find" -> QueryRules.checkFind(query);
      case "count", "distinct" -> {
        if (query.containsKey("key") && !(query.get("key") instanceof String)) {
          throw Refusal.typeMismatch("BSON field 'distinct.key' is the wrong type");
        }
        QueryRules.checkFilter(query.get("query"), command + ".query");
      }
      case "aggregate" -> QueryRules.checkPipeline(query.get("pipeline"));
      case "listindexes" -> requireCollection(query.get(command).toString());
      case "createindexes" -> {
        return createIndexes(query, run);
      }
      case "dropindexes" -> {
        return dropIndexes(query.get(command).toString(), query.get("index"));
      }
      case "insert" -> {
        return oneByOne(query, "documents", UpdateRules::checkInsert, run);
      }
      case "update" -> {
        return oneByOne(query, "updates", statement -> checkUpdate(query, statement), run);
      }
      case "delete" -> {
        CommandRules.statementsOf(query, "deletes").forEach(StrictDatabase::checkLimit);
        return oneByOne(query, "deletes", StrictDatabase::checkDelete, run);
      }
      case "findandmodify" -> {
        return findAndModify(command, query, run);
      }
      default -> {}
    }
    return run.apply(query);
  }

  @Override
  protected synchronized void addIndex(Document description) {
    // Opening an index may create its collection, and with it another index.
    Document outer = partialFilter;
    partialFilter = (Document) description.get("partialFilterExpression");
    try {
      super.addIndex(description);
    } finally {
      partialFilter = outer;
    }
  }

  @Override
  protected Index<Integer> openOrCreateUniqueIndex(
      String collection, String name, List<IndexKey> keys, boolean isSparse) {
    if (partialFilter == null) {
      return super.openOrCreateUniqueIndex(collection, name, keys, isSparse);
    }
    return new PartialUniqueIndex(name, keys, partialFilter);
  }

  private synchronized Document createIndexes(Document query, UnaryOperator<Document> run) {
    String collection = (String) query.get("createIndexes");
    List<Document> existing = indexesOf(collection);
    List<Document> missing = new ArrayList<>();
    Collection<?> wanted = (Collection<?>) query.get("indexes");
    if (wanted == null || wanted.isEmpty()) {
      throw Refusal.badValue("Must specify at least one index to create");
    }
    for (Object each : wanted) {
      Document index = (Document) each;
      IndexRules.check(index);
      if (IndexRules.isThere(index, existing)) continue;
      existing.add(index);
      missing.add(index);
    }
    resolveOrCreateCollection(collection);
    Document answer = new Document();
    if (!missing.isEmpty()) {
      answer = run.apply(new Document(query).append("indexes", missing));
    }
    int after = indexesOf(collection).size();
    answer.put("numIndexesBefore", after - missing.size());
    answer.put("numIndexesAfter", after);
    if (missing.isEmpty()) answer.put("note", "all indexes already exist");
    Utils.markOkay(answer);
    return answer;
  }

  /** The library's own removes indexes of the same name from every collection. */
  private synchronized Document dropIndexes(String name, Object wanted) {
    MongoCollection<Integer> collection = requireCollection(name);
    List<Document> existing = indexesOf(name);
    List<String> names = new ArrayList<>();
    if (wanted instanceof Collection<?> list) {
      for (Object each : list) names.add(findIndex(existing, each));
    } else if ("*".equals(wanted)) {
      existing.stream().map(index -> index.get("name").toString()).forEach(names::add);
      names.remove("_id_");
    } else {
      names.add(findIndex(existing, wanted));
    }
    for (String each : names) {
      dropIndex(collection, each);
      Document description = new Document("ns", collection.getFullName()).append("name", each);
      indexes.get().deleteDocuments(description, -1);
    }
    Document answer = new Document("nIndexesWas", existing.size());
    Utils.markOkay(answer);
    return answer;
  }

  private static String findIndex(List<Document> existing, Object wanted) {
    for (Document index : existing) {
      if (!wanted.equals(index.get("name")) && !wanted.equals(index.get("key"))) continue;
      String name = index.get("name").toString();
      if (name.equals("_id_")) throw Refusal.invalidOptions("cannot drop _id index");
      return name;
    }
    throw Refusal.indexNotFound(wanted.toString());
  }

  /** Descriptions of the indexes of a collection; none if there is no collection. */
  private List<Document> indexesOf(String collection) {
    List<Document> found = new ArrayList<>();
    if (resolveCollection(collection, false) == null || indexes.get() == null) return found;
    Document own = new Document("ns", getFullCollectionNamespace(collection));
    for (Document index : indexes.get().handleQuery(own)) found.add(index);
    return found;
  }

  private MongoCollection<Integer> requireCollection(String name) {
    MongoCollection<Integer> collection = resolveCollection(name, false);
    if (collection != null) return collection;
    throw Refusal.namespaceNotFound(getFullCollectionNamespace(name));
  }

  private void checkUpdate(Document query, Document statement) {
    Document filter = (Document) statement.get("q");
    boolean isMulti = Utils.isTrue(statement.get("multi"));
    QueryRules.checkFilter(filter, "update.updates.q");
    Object update = statement.get("u");
    UpdateRules.checkUpdate(update, filter, isMulti, Utils.isTrue(statement.get("upsert")));
    checkDocuments(query.get("update").toString(), filter, null, update, isMulti);
  }

  private void checkDocuments(
      String name, Document filter, Object sort, Object update, boolean isMulti) {
    MongoCollection<Integer> collection = resolveCollection(name, false);
    if (collection == null || !UpdateRules.dependsOnDocument(update)) return;
    Document selector = new Document("$query", filter).append("$orderby", sort);
    for (Document document : collection.handleQuery(selector, 0, isMulti ? 0 : 1)) {
      UpdateRules.checkAgainst(document, (Document) update);
    }
  }

  private static void checkDelete(Document statement) {
    QueryRules.checkFilter(statement.get("q"), "delete.deletes.q");
  }

  private static void checkLimit(Document statement) {
    if (!(statement.get("limit") instanceof Number limit)) {
      throw Refusal.location(40414, "BSON field 'delete.deletes.limit' is missing");
    }
    if (limit.doubleValue() == 0 || limit.doubleValue() == 1) return;
    throw Refusal.failedToParse("The 'delete.deletes.limit' field must be 0 or 1");
  }

  private Document findAndModify(String command, Document query, UnaryOperator<Document> run) {
    boolean isRemoval = Utils.isTrue(query.get("remove"));
    if (isRemoval && query.get("update") != null) {
      throw Refusal.failedToParse("Cannot specify both an update and remove=true");
    }
    if (isRemoval && Utils.isTrue(query.get("new"))) {
      throw Refusal.failedToParse("Cannot specify both new=true and remove=true");
    }
    Document filter = (Document) query.getOrDefault("query", new Document());
    QueryRules.checkFilter(filter, command + ".query");
    QueryRules.checkSort(query.get("sort"));
    Object update = query.get("update");
    if (update != null) {
      UpdateRules.checkUpdate(update, filter, false, Utils.isTrue(query.get("upsert")));
      checkDocuments(query.get(command).toString(), filter, query.get("sort"), update, false);
    }
    try {
      return run.apply(query);
    } catch (MongoServerError error) {
      throw UpdateRules.asToday(error);
    }
  }

  /**
   * Runs the statements of a write one after another and, if they are ordered, stops at the first
   * that fails. The library goes on, and counts what failed.
   */
  private Document oneByOne(
      Document query, String field, Check check, UnaryOperator<Document> run) {
    WriteAnswer answer = new WriteAnswer();
    boolean isOrdered = Utils.isTrue(query.getOrDefault("ordered", true));
    List<Document> statements = CommandRules.statementsOf(query, field);
    for (int index = 0; index < statements.size(); index++) {
      Document statement = statements.get(index);
      try {
        check.check(statement);
        answer.add(index, run.apply(new Document(query).append(field, List.of(statement))));
      } catch (MongoServerError error) {
        answer.addError(index, UpdateRules.asToday(error));
      }
      if (isOrdered && answer.hasErrors()) break;
    }
    return answer.toDocument(field.equals("updates"));
  }

  private interface Check {
    void check(Document statement);
  }
}
