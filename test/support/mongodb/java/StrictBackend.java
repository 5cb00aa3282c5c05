import de.bwaldvogel.mongo.backend.memory.MemoryBackend;
import de.bwaldvogel.mongo.backend.memory.MemoryDatabase;

/** A backend whose databases refuse what MongoDB refuses. */
final class StrictBackend extends MemoryBackend {
  @Override
  public MemoryDatabase openOrCreateDatabase(String name) {
    return new StrictDatabase(name, getCursorRegistry());
  }
}
