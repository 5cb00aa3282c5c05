import de.bwaldvogel.mongo.MongoCollection;
import de.bwaldvogel.mongo.backend.DefaultQueryMatcher;
import de.bwaldvogel.mongo.backend.IndexKey;
import de.bwaldvogel.mongo.backend.KeyValue;
import de.bwaldvogel.mongo.backend.memory.index.MemoryUniqueIndex;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.DuplicateKeyError;
import java.util.List;
import java.util.Set;

/**
 * A unique index on the documents that its filter matches. Among them, a missing field counts as
 * null, as in any index that is not sparse.
 */
final class PartialUniqueIndex extends MemoryUniqueIndex {
  private final Document filter;

  PartialUniqueIndex(String name, List<IndexKey> keys, Document filter) {
    super(name, keys, false);
    this.filter = filter;
  }

  /** To the library: a document may be missing in it. */
  @Override
  public boolean isSparse() {
    return true;
  }

  /** Queries do without it: they may ask for documents that it does not have. */
  @Override
  public synchronized boolean canHandle(Document query) {
    return false;
  }

  @Override
  public synchronized Integer getPosition(Document document) {
    if (!covers(document)) return null;
    for (KeyValue key : getKeyValues(document)) {
      Integer position = getPosition(key);
      if (position != null) return position;
    }
    return null;
  }

  @Override
  public synchronized void checkAdd(Document document, MongoCollection<Integer> collection) {
    if (!covers(document)) return;
    for (KeyValue key : getKeyValues(document)) {
      if (containsKey(key)) throw new DuplicateKeyError(this, collection, getKeys(), key);
    }
  }

  @Override
  public synchronized void add(
      Document document, Integer position, MongoCollection<Integer> collection) {
    checkAdd(document, collection);
    if (!covers(document)) return;
    for (KeyValue key : getKeyValues(document)) putKeyPosition(key, position);
  }

  @Override
  public synchronized Integer remove(Document document) {
    if (!covers(document)) return null;
    Integer position = null;
    for (KeyValue key : getKeyValues(document)) {
      Integer removed = removeDocument(key);
      if (removed != null) position = removed;
    }
    return position;
  }

  @Override
  public synchronized void checkUpdate(
      Document before, Document after, MongoCollection<Integer> collection) {
    if (!covers(after)) return;
    Set<KeyValue> own = covers(before) ? getKeyValues(before) : Set.of();
    for (KeyValue key : getKeyValues(after)) {
      if (!own.contains(key) && containsKey(key)) {
        throw new DuplicateKeyError(this, collection, getKeys(), key);
      }
    }
  }

  @Override
  public synchronized void updateInPlace(
      Document before, Document after, Integer position, MongoCollection<Integer> collection) {
    remove(before);
    add(after, position, collection);
  }

  private boolean covers(Document document) {
    return new DefaultQueryMatcher().matches(document, filter);
  }
}
