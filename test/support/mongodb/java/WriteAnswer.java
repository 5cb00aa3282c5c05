import de.bwaldvogel.mongo.backend.Utils;
import de.bwaldvogel.mongo.bson.Document;
import de.bwaldvogel.mongo.exception.MongoServerError;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** The answer to a write of several statements, put together from the answers to each. */
final class WriteAnswer {
  private int matched;
  private int modified;
  private final List<Document> upserted = new ArrayList<>();
  private final List<Document> errors = new ArrayList<>();

  /** Adds the library's answer to the statement at this index. */
  void add(int index, Document answer) {
    if (answer.get("writeErrors") instanceof Collection<?> list && !list.isEmpty()) {
      for (Object each : list) {
        Document error = (Document) each;
        int code = error.get("code") instanceof Integer number ? number : 8;
        addError(index, UpdateRules.asToday(new MongoServerError(code, (String) error.get("errmsg"))));
      }
      return;
    }
    matched += number(answer.get("n"));
    modified += number(answer.get("nModified"));
    if (!(answer.get("upserted") instanceof Collection<?> list)) return;
    for (Object each : list) upserted.add(new Document((Document) each).append("index", index));
  }

  void addError(int index, MongoServerError error) {
    errors.add(
        new Document("index", index)
            .append("code", error.getCode())
            .append("errmsg", error.getMessageWithoutErrorCode()));
  }

  boolean hasErrors() {
    return !errors.isEmpty();
  }

  Document toDocument(boolean isUpdate) {
    Document answer = new Document("n", matched);
    if (isUpdate) answer.put("nModified", modified);
    if (!upserted.isEmpty()) answer.put("upserted", upserted);
    if (!errors.isEmpty()) answer.put("writeErrors", errors);
    Utils.markOkay(answer);
    return answer;
  }

  private static int number(Object value) {
    return value instanceof Number number ? number.intValue() : 0;
  }
}
